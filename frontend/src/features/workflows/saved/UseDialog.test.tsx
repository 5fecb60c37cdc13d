import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { savedWorkflow } from "@/test/saved";
import { refusal, scriptWire, type Answers } from "@/test/wire";
import { renderRouted } from "@/test/routed";
import { workflow } from "@/test/workflows";
import { UseDialog } from "./UseDialog";

const RUN = "POST /api/saved-workflows/s1/run";
const CHANNELS = [
  { id: "c1", kind: "channel", name: "general", auto_run: false },
  { id: "c2", kind: "channel", name: "reports", auto_run: true },
];

let answers: Answers;
let made: string[];

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  queryClient.clear();
  answers = { "GET /api/channels": CHANNELS };
  made = [];
});
afterEach(() => vi.unstubAllGlobals());

async function show(channelId?: string): Promise<HTMLElement> {
  renderRouted(<UseDialog saved={savedWorkflow()} channelId={channelId} onClose={() => undefined} onMade={({ id }) => made.push(id)} />);
  const dialog = await screen.findByRole("dialog", { name: "Use “Weekly report”" });
  await within(dialog).findByRole("option", { name: "#reports" });
  return dialog;
}

test("a missing value is asked for at its field, and what was typed makes the workflow, once", async () => {
  const sent = scriptWire(answers);
  const dialog = await show();
  answers[RUN] = refusal({ "parameters.week": "is required" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Make the plan" }));
  expect((await within(dialog).findByText("is required")).getAttribute("role")).toBe("alert");
  const week = within(dialog).getByRole("textbox", { name: "week" });
  await waitFor(() => expect(document.activeElement).toBe(week));
  answers[RUN] = workflow([]);
  await userEvent.type(week, "48");
  await userEvent.click(within(dialog).getByRole("button", { name: "Make the plan" }));
  await waitFor(() => expect(made).toEqual(["w1"]));
  const [first, second] = sent.map(({ body }) => body as Record<string, unknown>);
  expect(second).toMatchObject({ channel_id: "c1", parameters: { week: "48", reader: "the team" }, auto_start: false });
  expect(second?.["client_id"]).toBe(first?.["client_id"]);
});

test("whether it starts at once is as the channel has it, until one says otherwise", async () => {
  scriptWire(answers);
  const dialog = await show("c2");
  const starts = within(dialog).getByRole<HTMLInputElement>("checkbox", { name: /Start at once/ });
  expect(starts.checked).toBe(true);
  expect(within(dialog).getByRole("button", { name: "Run it" })).toBeTruthy();
  await userEvent.selectOptions(within(dialog).getByLabelText("Channel"), "#general");
  expect(starts.checked).toBe(false);
  await userEvent.click(starts);
  await userEvent.selectOptions(within(dialog).getByLabelText("Channel"), "#reports");
  expect(starts.checked).toBe(true);
});

test("a refusal that is of no field of the dialog is told in its own words", async () => {
  scriptWire(answers);
  const dialog = await show();
  answers[RUN] = refusal({ "tasks.0.agent": "there is no agent @backend" }, "tasks.0.agent: there is no agent @backend");
  await userEvent.click(within(dialog).getByRole("button", { name: "Make the plan" }));
  expect(await within(dialog).findByText("tasks.0.agent: there is no agent @backend")).toBeTruthy();
});
