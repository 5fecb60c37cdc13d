import { create } from "zustand";
import { api, body } from "@/api/client";
import type { Task } from "@/api/types";

export type AgentState = "idle" | "working" | "failed";

const RECENT = 200;

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

export async function loadTask(taskId: string): Promise<void> {
  putTask(await body(api.GET("/api/tasks/{task_id}", { params: { path: { task_id: taskId } } })));
}

export async function cancelTask(taskId: string): Promise<void> {
  const path = { task_id: taskId };
  putTask(await body(api.POST("/api/tasks/{task_id}/cancel", { params: { path } })));
}

export async function retryTask(taskId: string): Promise<void> {
  const path = { task_id: taskId };
  putTask(await body(api.POST("/api/tasks/{task_id}/retry", { params: { path } })));
}

const statesOf = new WeakMap<object, Map<string, AgentState>>();

/** Returns the state of an agent; it is worked out once for all who ask. */
export function useAgentState(agentId: string | null): AgentState {
  return useTasks((tasks) => {
    const known = statesOf.get(tasks) ?? agentStates(tasks);
    statesOf.set(tasks, known);
    return known.get(agentId ?? "") ?? "idle";
  });
}

/** Returns each agent's state: working while any of its runs is, else how its newest one ended. */
export function agentStates(tasks: Readonly<Record<string, Task>>): Map<string, AgentState> {
  const newest = new Map<string, Task>();
  const states = new Map<string, AgentState>();
  for (const task of Object.values(tasks)) {
    if (task.agent_id === null) continue;
    if (isUnderWay(task)) states.set(task.agent_id, "working");
    const known = newest.get(task.agent_id);
    if (known === undefined || known.created_at < task.created_at) newest.set(task.agent_id, task);
  }
  for (const [agentId, task] of newest) {
    if (!states.has(agentId)) states.set(agentId, task.status === "failed" ? "failed" : "idle");
  }
  return states;
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
