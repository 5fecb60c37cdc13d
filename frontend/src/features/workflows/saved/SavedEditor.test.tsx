import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { renderRouted } from "@/test/routed";
import { savedWorkflow } from "@/test/saved";
import { refusal, scriptWire, type Answers } from "@/test/wire";
import { SavedEditor } from "./SavedEditor";

const PUT = "PUT /api/saved-workflows/s1";

let answers: Answers;

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  queryClient.clear();
  answers = {};
});
afterEach(() => vi.unstubAllGlobals());

test("a placeholder that is typed becomes a parameter, and one that goes takes its own along", async () => {
  const sent = scriptWire(answers);
  const done = vi.fn();
  renderRouted(<SavedEditor saved={savedWorkflow()} onDone={done} />);
  const title = await screen.findByLabelText("Title of what is made");
  await userEvent.clear(title);
  await userEvent.paste("Report for {{place}}");
  await userEvent.click(screen.getByRole("button", { name: /^Write about week/ }));
  const task = screen.getByLabelText("Title");
  await userEvent.clear(task);
  expect(screen.queryByRole("group", { name: "week" })).toBeNull();
  await userEvent.click(task);
  await userEvent.paste("Write it");
  await userEvent.click(within(screen.getByRole("group", { name: "place" })).getByLabelText("Default"));
  await userEvent.paste("home");
  answers[PUT] = savedWorkflow();
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(done).toHaveBeenCalledOnce());
  // “reader” was in no text before either, and may be given by whoever calls.
  const reader = { name: "reader", description: "", default: "the team", required: true };
  expect(sent[0]?.body).toMatchObject({
    name: "Weekly report",
    title: "Report for {{place}}",
    tasks: [{ key: "write", title: "Write it" }],
    parameters: [{ name: "place", description: "", default: "home", required: true }, reader],
  });
});

test("what is refused of a task is seen at its field", async () => {
  scriptWire(answers);
  renderRouted(<SavedEditor saved={savedWorkflow()} onDone={() => undefined} />);
  await userEvent.type(await screen.findByLabelText("Name"), " 2");
  answers[PUT] = refusal({ "tasks.0.agent": "there is no agent @backend" });
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("there is no agent @backend")).toBeTruthy();
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("combobox", { name: "Agent" })));
});
