import { beforeEach, expect, test } from "vitest";
import { task } from "@/test/messages";
import { agentRuns, putTask, useTasks } from "./tasks";

beforeEach(() => useTasks.setState({}, true));

const runs = () => agentRuns(useTasks.getState()).get("a1");

test("an agent works while any of its runs does", () => {
  putTask(task({ id: "1", status: "running" }));
  putTask(task({ id: "2", status: "failed" }));
  expect(runs()?.isWorking).toBe(true);
});

test("an agent's newest run decides whether it has failed", () => {
  putTask(task({ id: "1", status: "failed" }));
  expect(runs()?.newest?.status).toBe("failed");
  putTask(task({ id: "2", status: "completed" }));
  expect(runs()).toMatchObject({ isWorking: false, newest: { status: "completed" } });
});

test("a late event never sets a run back", () => {
  putTask(task({ id: "1", status: "completed", attempt: 2 }));
  putTask(task({ id: "1", status: "running", attempt: 2 }));
  putTask(task({ id: "1", status: "failed", attempt: 1 }));
  expect(useTasks.getState()["1"]?.status).toBe("completed");
  putTask(task({ id: "1", status: "queued", run: 2 }));
  expect(runs()?.isWorking).toBe(true);
});
