import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import type { Workflow } from "@/api/types";
import { node, workflow } from "@/test/workflows";
import { progressed, putWorkflow, workflowKey } from "./workflows";

beforeEach(() => {
  vi.useFakeTimers();
  queryClient.clear();
});
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

const known = (): Workflow | undefined => queryClient.getQueryData(workflowKey("w1"));
const event = { event_id: 1, channel_id: "c1", workflow_id: "w1" };

test("progress is shown at once, of the one task and of the whole", () => {
  putWorkflow(workflow([node("a", { status: "running" }), node("b")], { status: "running" }));
  progressed({ ...event, status: "running", completed: 1, total: 2, percent: 50, task: node("a", { status: "completed" }) });
  expect(known()?.tasks.map(({ status }) => status)).toEqual(["completed", "pending"]);
  expect(known()?.progress).toEqual({ completed: 1, done: 1, total: 2, percent: 50 });
});

test("progress of a workflow that nobody looks at makes nothing of it", () => {
  progressed({ ...event, status: "running", completed: 1, total: 2, percent: 50, task: null });
  expect(known()).toBeUndefined();
});

test("an older form of a workflow changes nothing", () => {
  putWorkflow(workflow([node("a")], { version: 2, updated_at: "2026-01-01T12:00:02Z" }));
  putWorkflow(workflow([node("a")], { version: 1, updated_at: "2026-01-01T12:00:01Z" }));
  expect(known()?.version).toBe(2);
});

test("what many changes do not tell is looked up once", () => {
  const look = vi.spyOn(queryClient, "invalidateQueries");
  putWorkflow(workflow([node("a")]));
  for (let count = 0; count < 5; count += 1) progressed({ ...event, status: "running", completed: 0, total: 1, percent: 0, task: null });
  return vi.runAllTimersAsync().then(() => {
    expect(look.mock.calls.map(([filters]) => filters?.queryKey).toSorted()).toEqual([["workflows", "list"], workflowKey("w1")]);
    look.mockRestore();
  });
});
