import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { agentsQuery, providersQuery, queryClient, templateQuery } from "@/api/queries";
import type { Agent, Template, TemplateInstantiate, TemplateInstantiated } from "@/api/types";
import { agent } from "@/test/agents";
import { outcome } from "./instantiate";
import { Team } from "./Team";

const member = (key: string, name: string): Template["agents"][number] => ({
  key, name, handle: key, role: `${name} role`, goal: "Help", backstory: "Long ago", capabilities: ["a"],
  prompt: "First line.\n- a point", color: "#00F6FF", kind: "assistant",
});
const TEMPLATE: Template = {
  id: "content", name: "Content", description: "A desk.", agents: [member("writer", "Writer"), member("editor", "Editor")],
  starters: ["@writer Write it.", "@editor Edit it."],
};

let sent: TemplateInstantiate[];
let answer: () => Response;
const onMade = vi.fn<(made: TemplateInstantiated) => void>();

beforeEach(() => {
  sent = [];
  onMade.mockReset();
  queryClient.clear();
  queryClient.setQueryData(providersQuery.queryKey, []);
  queryClient.setQueryData(templateQuery("content").queryKey, TEMPLATE);
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method !== "POST") return Response.json([]);
    sent.push((await request.json()) as TemplateInstantiate);
    return answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(agents: Agent[] = []): void {
  queryClient.setQueryData(agentsQuery.queryKey, agents);
  render(
    <QueryClientProvider client={queryClient}>
      <Team templateId="content" onMade={onMade} onCancel={() => undefined} />
    </QueryClientProvider>,
  );
}

test("those who are picked are made", async () => {
  const made = { template: "content", agents: [agent({ name: "Editor" })], renamed: [] };
  answer = () => Response.json(made, { status: 201 });
  show();
  await userEvent.click(screen.getByRole("checkbox", { name: /^Writer/ }));
  await userEvent.click(screen.getByRole("button", { name: "Create 1 agent" }));
  expect(sent).toEqual([{ agents: ["editor"], provider: null, model: null }]);
  await vi.waitFor(() => expect(onMade).toHaveBeenCalledWith(made));
});

test("whoever is there already is not picked, and would get a number", () => {
  show([agent({ name: "Writer", handle: "writer" })]);
  const writer = screen.getByRole("checkbox", { name: /^Writer/ });
  expect((writer as HTMLInputElement).checked).toBe(false);
  expect(screen.getByRole("button", { name: "Create 1 agent" })).toBeDefined();
  expect(within(screen.getByRole("article", { name: "Writer" })).getByText(/would get a number/)).toBeDefined();
});

test("without anybody there is nothing to create", async () => {
  show();
  await userEvent.click(screen.getByRole("button", { name: "Pick nobody" }));
  expect((screen.getByRole("button", { name: "Pick an agent" }) as HTMLButtonElement).disabled).toBe(true);
});

test("a refusal is told and what was picked stays", async () => {
  answer = () =>
    Response.json({ type: "", title: "", status: 400, code: "invalid_request", detail: "model: is wrong", errors: [{ field: "model", message: "is wrong" }] }, { status: 400 });
  show();
  await userEvent.click(screen.getByRole("button", { name: "Create 2 agents" }));
  expect(await screen.findByText("model: is wrong")).toBeDefined();
  expect(screen.getByRole("button", { name: "Create 2 agents" })).toBeDefined();
  expect(onMade).not.toHaveBeenCalled();
});

test("renamed agents are told of", () => {
  const agents = [agent({ handle: "writer-2" }), agent({ handle: "editor" })];
  expect(outcome({ template: "content", agents, renamed: [{ key: "writer", name: "Writer", given_name: "Writer 2" }] })).toBe(
    "They are ready: mention @writer-2 and @editor in any channel. Writer is called Writer 2, since that name was taken.",
  );
});
