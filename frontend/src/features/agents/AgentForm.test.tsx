import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { providersQuery, queryClient } from "@/api/queries";
import type { Agent, AgentCreate, Provider } from "@/api/types";
import { AgentForm } from "./AgentForm";
import { check, emptyValues, requestOf, valuesOf } from "./form";

const provider = (name: string, change: Partial<Provider> = {}): Provider => ({
  name, configured: true, state: "ready", detail: "Ready.", models: [], default_model: null, is_default: false, ...change,
});

// The wire alone is scripted.
let sent: AgentCreate[];
let answer: () => Response;
const onSaved = vi.fn<(agent: Agent) => void>();

beforeEach(() => {
  sent = [];
  onSaved.mockReset();
  queryClient.clear();
  queryClient.setQueryData(providersQuery.queryKey, [
    provider("openai", { models: ["big", "small"], default_model: "small", is_default: true }),
    provider("ollama", { state: "unreachable", detail: "Start it with `ollama serve`." }),
  ]);
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method !== "POST") return Response.json([]);
    sent.push((await request.json()) as AgentCreate);
    return answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(): void {
  render(
    <QueryClientProvider client={queryClient}>
      <AgentForm onSaved={onSaved} onCancel={() => undefined} />
    </QueryClientProvider>,
  );
}

const save = (): Promise<void> => userEvent.click(screen.getByRole("button", { name: "Create agent" }));

test("what the API would refuse is said before it is asked", async () => {
  show();
  await save();
  expect(sent).toEqual([]);
  const name = screen.getByLabelText("Name");
  expect(name.getAttribute("aria-invalid")).toBe("true");
  expect(name.getAttribute("aria-describedby")).toBe(screen.getAllByText("At least 3 characters are needed.")[0]?.id);
  await vi.waitFor(() => expect(document.activeElement).toBe(name));
});

test("refusals of the API stand at their fields", async () => {
  answer = () =>
    Response.json(
      { type: "", title: "", status: 409, code: "agent_name_taken", detail: "taken", errors: [{ field: "name", message: "is taken; choose another" }] },
      { status: 409 },
    );
  show();
  await userEvent.type(screen.getByLabelText("Name"), "Backend");
  await userEvent.type(screen.getByLabelText("Role"), "Engineer");
  await save();
  expect(await screen.findByText("is taken; choose another")).toBeTruthy();
  expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBe("true");
  expect(screen.getByLabelText<HTMLInputElement>("Role").value).toBe("Engineer");
  expect(onSaved).not.toHaveBeenCalled();
});

test("what is left empty follows the settings", async () => {
  answer = () => Response.json({ id: "a1", name: "Code Reviewer" }, { status: 201 });
  show();
  await userEvent.type(screen.getByLabelText("Name"), "Code Reviewer");
  await userEvent.type(screen.getByLabelText("Role"), "Reviewer");
  await userEvent.type(screen.getByLabelText("Capabilities"), "python, , sql");
  await save();
  await vi.waitFor(() => expect(onSaved).toHaveBeenCalledOnce());
  expect(sent[0]).toMatchObject({ goal: null, prompt: null, provider: null, model: null, capabilities: ["python", "sql"], temperature: 0.7, max_tokens: 4000 });
});

test("a provider that is down says so, and what to do", async () => {
  show();
  await userEvent.selectOptions(screen.getByLabelText("Provider"), "ollama");
  expect(screen.getByText("ollama serve")).toBeTruthy();
  await userEvent.selectOptions(screen.getByLabelText("Provider"), "openai");
  expect(screen.queryByText("ollama serve")).toBeNull();
});

test("the prompt is counted in characters as people see them counted by the API", async () => {
  show();
  await userEvent.type(screen.getByLabelText("Prompt"), "👍👍");
  expect(screen.getByText("2 / 4,000")).toBeTruthy();
});

test("limits are those of the API's document", () => {
  const values = { ...emptyValues("#00F6FF"), name: "ab", role: "ok role", prompt: "short", temperature: "2.1", max_tokens: "" };
  expect([...check(values).keys()]).toEqual(["name", "prompt", "temperature", "max_tokens"]);
});

test("an agent that follows the settings still does after it was edited", () => {
  const agent = {
    name: "Backend",
    persona: { role: "Engineer", goal: "g", backstory: "", capabilities: [], prompt: null },
    config: { kind: "assistant", follows_settings: true, provider: "openai", model: "small", temperature: 0.2, max_tokens: 10, color: null, fallbacks: [] },
  } as unknown as Agent;
  expect(requestOf(valuesOf(agent, "#00F6FF"))).toMatchObject({ provider: null, model: null, temperature: 0.2 });
});

test("memory is set as it stands, and days are checked before and after they are sent", async () => {
  answer = () =>
    Response.json(
      { type: "", title: "", status: 400, code: "invalid_request", detail: "no", errors: [{ field: "memory.half_life_days", message: "must be less" }] },
      { status: 400 },
    );
  show();
  await userEvent.type(screen.getByLabelText("Name"), "Code Reviewer");
  await userEvent.type(screen.getByLabelText("Role"), "Reviewer");
  await userEvent.click(screen.getByRole("checkbox", { name: "Use memories in answers" }));
  await userEvent.click(screen.getByRole("radio", { name: "Turns" }));
  await userEvent.type(screen.getByLabelText("Forget after"), "1.5");
  await save();
  expect(screen.getByText("Give whole days.")).toBeTruthy();
  expect(sent).toEqual([]);
  await userEvent.clear(screen.getByLabelText("Forget after"));
  await userEvent.type(screen.getByLabelText("Forget after"), "90");
  await userEvent.type(screen.getByLabelText("Half-life"), "30");
  await save();
  expect(await screen.findByText("must be less")).toBeTruthy();
  expect(screen.getByLabelText("Half-life").getAttribute("aria-invalid")).toBe("true");
  expect(sent[0]?.memory).toEqual({ recall: false, remember: "turns", expire_after_days: 90, half_life_days: 30, summarize_after_days: null });
});
