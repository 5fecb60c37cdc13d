import type { Workflow, WorkflowTask } from "@/api/types";

const AT = "2026-01-01T12:00:00Z";

/** Returns a task of a workflow as the server sends it. */
export function node(key: string, change: Partial<WorkflowTask> = {}): WorkflowTask {
  return {
    id: `task-${key}`,
    key,
    position: 0,
    title: `Do ${key}`,
    description: "",
    agent: "backend",
    agent_id: "a1",
    depends_on: [],
    expected_output: "",
    on_failure: "skip",
    status: "pending",
    reason: null,
    attempts: 0,
    retry_at: null,
    resuming: false,
    task_id: null,
    message_id: null,
    output: null,
    error: null,
    cost_usd: null,
    started_at: null,
    finished_at: null,
    ...change,
  };
}

/** Returns a workflow as the server sends it. */
export function workflow(tasks: WorkflowTask[], change: Partial<Workflow> = {}): Workflow {
  const done = tasks.filter(({ status }) => status === "completed").length;
  return {
    id: "w1",
    channel_id: "c1",
    message_id: "m1",
    request: "launch it",
    request_id: null,
    root_id: null,
    title: "Launch",
    status: "ready",
    waiting_for: null,
    version: 1,
    auto_start: false,
    max_parallel: 5,
    planning_task_id: null,
    summary_task_id: null,
    error: null,
    progress: { completed: done, done, total: tasks.length, percent: tasks.length ? Math.round((100 * done) / tasks.length) : 0 },
    metadata: {},
    created_by: "local-user",
    created_at: AT,
    updated_at: AT,
    started_at: null,
    finished_at: null,
    tasks,
    cost_usd: null,
    ...change,
  };
}
