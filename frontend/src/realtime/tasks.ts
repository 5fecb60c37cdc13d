import { create } from "zustand";
import { useShallow } from "zustand/react/shallow";
import { api, body } from "@/api/client";
import type { Task } from "@/api/types";

/** What an agent's runs say of it. */
export interface Runs {
  isWorking: boolean;
  newest: Task | undefined;
}

const RECENT = 200;
const NO_RUNS: Runs = { isWorking: false, newest: undefined };

/** Runs that are known here, by id. */
export const useTasks = create<Record<string, Task>>(() => ({}));

export function putTask(task: Task): void {
  useTasks.setState((all) => (isOlder(task, all[task.id]) ? all : { [task.id]: task }));
}

/** Loads the newest runs, among them all that are under way in a workspace of usual size. */
export async function loadRecentTasks(): Promise<void> {
  const rows = await body(api.GET("/api/tasks", { params: { query: { limit: RECENT } } }));
  useTasks.setState((all) =>
    Object.fromEntries(rows.filter((task) => !isOlder(task, all[task.id])).map((task) => [task.id, task])),
  );
}

export async function cancelTask(taskId: string): Promise<void> {
  const path = { task_id: taskId };
  putTask(await body(api.POST("/api/tasks/{task_id}/cancel", { params: { path } })));
}

export async function retryTask(taskId: string): Promise<void> {
  const path = { task_id: taskId };
  putTask(await body(api.POST("/api/tasks/{task_id}/retry", { params: { path } })));
}

const runsOf = new WeakMap<object, Map<string, Runs>>();

/** Returns what an agent's runs say of it; it is worked out once for all who ask. */
export function useAgentRuns(agentId: string | null): Runs {
  return useTasks(
    useShallow((tasks) => {
      const known = runsOf.get(tasks) ?? agentRuns(tasks);
      runsOf.set(tasks, known);
      return known.get(agentId ?? "") ?? NO_RUNS;
    }),
  );
}

/** Returns for each agent whether any of its runs is under way, and its newest one. */
export function agentRuns(tasks: Readonly<Record<string, Task>>): Map<string, Runs> {
  const all = new Map<string, Runs>();
  for (const task of Object.values(tasks)) {
    if (task.agent_id === null) continue;
    const { isWorking, newest } = all.get(task.agent_id) ?? NO_RUNS;
    const isNewer = newest === undefined || newest.created_at < task.created_at;
    all.set(task.agent_id, { isWorking: isWorking || isUnderWay(task), newest: isNewer ? task : newest });
  }
  return all;
}

export function isUnderWay(task: Task): boolean {
  return task.status === "queued" || task.status === "running" || task.status === "waiting";
}

function isOlder(task: Task, known: Task | undefined): boolean {
  if (known === undefined) return false;
  if (task.run !== known.run) return task.run < known.run;
  if (task.attempt !== known.attempt) return task.attempt < known.attempt;
  return !isUnderWay(known) && isUnderWay(task);
}
