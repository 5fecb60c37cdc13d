import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import type { Workflow } from "@/api/types";
import { useConnection } from "@/realtime/socket";
import { progressed } from "@/realtime/workflows";
import { renderRouted } from "@/test/routed";
import { node, workflow } from "@/test/workflows";
import { PlanCard } from "./PlanCard";

// The wire alone is scripted.
let sent: string[];
let now: Workflow | null;
let refusal: Response | null;

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  sent = [];
  refusal = null;
  queryClient.clear();
  useConnection.setState({ state: "online" });
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/api/workflows/")) return Response.json([]);
    if (request.method !== "GET") {
      sent.push(pathname.replace("/api/workflows/w1/", ""));
      if (refusal) return refusal;
    }
    return now ? Response.json(now) : Response.json({ status: 404, code: "not_found", detail: "gone" }, { status: 404 });
  });
});
afterEach(() => vi.unstubAllGlobals());

async function show(shown: Workflow): Promise<HTMLElement> {
  now = shown;
  renderRouted(<PlanCard workflowId="w1" otherwise="the text" />);
  return screen.findByRole("group", { name: "Plan: Launch" });
}

test("a plan is approved, and a refusal stands in the card", async () => {
  const card = await show(workflow([node("a"), node("b", { depends_on: ["a"] })]));
  expect(within(card).getByText("2 tasks")).toBeTruthy();
  expect(within(card).getByText("after Do a")).toBeTruthy();
  refusal = Response.json({ status: 409, code: "agent_inactive", detail: "QA is switched off; activate it first." }, { status: 409 });
  await userEvent.click(within(card).getByRole("button", { name: "Approve & run" }));
  expect(await within(card).findByRole("alert")).toHaveProperty("textContent", "QA is switched off; activate it first.");
  refusal = null;
  now = workflow([node("a", { status: "running" })], { status: "running", started_at: "2026-01-01T12:00:00Z", updated_at: "2026-01-01T12:00:01Z" });
  await userEvent.click(within(card).getByRole("button", { name: "Approve & run" }));
  expect(await within(card).findByRole("button", { name: "Pause" })).toBeTruthy();
  expect(sent).toEqual(["start", "start"]);
});

test("an event is shown without a look at the server, and a dead worker as resuming", async () => {
  const card = await show(workflow([node("a", { status: "running", resuming: true }), node("b")], { status: "running", started_at: "2026-01-01T12:00:00Z" }));
  expect(within(card).getByText("Resuming")).toBeTruthy();
  const told = { event_id: 1, channel_id: "c1", workflow_id: "w1", status: "running", completed: 1, total: 2, percent: 50 } as const;
  act(() => progressed({ ...told, task: node("a", { status: "completed" }) }));
  await vi.waitFor(() => expect(within(card).getByRole("progressbar").getAttribute("aria-valuenow")).toBe("50"));
  expect(within(card).queryByText("Resuming")).toBeNull();
});

test("without a connection the card says that it may be old", async () => {
  const card = await show(workflow([node("a")]));
  expect(within(card).queryByText(/may have changed since/)).toBeNull();
  act(() => useConnection.setState({ state: "offline" }));
  expect(within(card).getByText(/may have changed since/)).toBeTruthy();
});

test("a decision names what failed and why, and goes to that task", async () => {
  const error = { code: "unauthorized", message: "The key is wrong." };
  const card = await show(workflow([node("a", { status: "failed", error }), node("b")], { status: "waiting", waiting_for: "decision" }));
  const decision = within(card).getByRole("group", { name: "Waiting for a decision" });
  expect(within(decision).getByText("The key is wrong.")).toBeTruthy();
  await userEvent.click(within(decision).getByRole("button", { name: "Skip Do a" }));
  expect(sent).toEqual(["tasks/task-a/skip"]);
});

test("cancelling is asked about first", async () => {
  const card = await show(workflow([node("a", { status: "running" })], { status: "running", started_at: "2026-01-01T12:00:00Z" }));
  await userEvent.click(within(card).getByRole("button", { name: "Cancel" }));
  const dialog = await screen.findByRole("dialog", { name: "Cancel “Launch”?" });
  expect(sent).toEqual([]);
  await userEvent.click(within(dialog).getByRole("button", { name: "Cancel the workflow" }));
  await vi.waitFor(() => expect(sent).toEqual(["cancel"]));
});

test("what is over is run again, or only what failed of it", async () => {
  const card = await show(workflow([node("a", { status: "failed" }), node("b", { status: "failed" }), node("c", { status: "completed" })], { status: "failed", started_at: "2026-01-01T12:00:00Z", finished_at: "2026-01-01T12:01:05Z" }));
  expect(within(card).getByText("1 of 3 tasks completed · 2 failed · 1 min 5 s")).toBeTruthy();
  expect(within(card).getByRole("link", { name: "Run again with changes" })).toBeTruthy();
  await userEvent.click(within(card).getByRole("button", { name: "Retry 2 failed tasks" }));
  await vi.waitFor(() => expect(sent).toEqual(["tasks/task-a/retry", "tasks/task-b/retry"]));
});

test("a long plan is folded, and its names are text", async () => {
  const card = await show(workflow(Array.from({ length: 30 }, (_, index) => node(`n${index}`, { title: `<b>${index}</b>` }))));
  expect(within(card).getAllByRole("listitem")).toHaveLength(6);
  await userEvent.click(within(card).getByRole("button", { name: "Show all 30 tasks" }));
  expect(within(card).getAllByRole("listitem")).toHaveLength(30);
  expect(card.querySelector("b")).toBeNull();
});

test("of a long plan that runs, what is at work is shown with its place in the plan", async () => {
  const tasks = Array.from({ length: 30 }, (_, index) => node(`n${index}`, { status: index < 20 ? "completed" : index === 25 ? "running" : index === 27 ? "failed" : "pending" }));
  const card = await show(workflow(tasks, { status: "running", started_at: "2026-01-01T12:00:00Z" }));
  const rows = within(card).getAllByRole<HTMLLIElement>("listitem");
  expect(rows.map(({ value }) => value)).toEqual([1, 2, 3, 4, 26, 28]);
});

test("of a workflow that is gone the text is left", async () => {
  now = null;
  renderRouted(<PlanCard workflowId="w1" otherwise="the text" />);
  expect(await screen.findByText("the text")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});
