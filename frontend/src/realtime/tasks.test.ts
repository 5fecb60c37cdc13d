import { beforeEach, expect, test } from "vitest";
import { task } from "@/test/messages";
import { agentStates, putTask, useTasks } from "./tasks";

beforeEach(() => useTasks.setState({}, true));

const stateOf = (agentId: string): string | undefined => agentStates(useTasks.getState()).get(agentId);

test("an agent works while any of its runs does", () => {
  putTask(task({ id: "1", status: "running" }));
  putTask(task({ id: "2", status: "failed" }));
  expect(stateOf("a1")).toBe("working");
});

test("an agent's newest run decides whether it has failed", () => {
  putTask(task({ id: "1", status: "failed" }));
  expect(stateOf("a1")).toBe("failed");
  putTask(task({ id: "2", status: "completed" }));
  expect(stateOf("a1")).toBe("idle");
});

test("a late event never sets a run back", () => {
  putTask(task({ id: "1", status: "completed", attempt: 2 }));
  putTask(task({ id: "1", status: "running", attempt: 2 }));
  putTask(task({ id: "1", status: "failed", attempt: 1 }));
  expect(useTasks.getState()["1"]?.status).toBe("completed");
  putTask(task({ id: "1", status: "queued", run: 2 }));
  expect(stateOf("a1")).toBe("working");
});
