import { api, body } from "@/api/client";
import type { PlanTask, Workflow, WorkflowRerun, WorkflowTask } from "@/api/types";
import { dropWorkflow, putWorkflow } from "@/realtime/workflows";

export type Act = "start" | "pause" | "resume" | "cancel";

/** Does something to a workflow. Throws ApiError when that is refused. */
export function act(id: string, what: Act): Promise<Workflow> {
  return taken(body(api.POST(`/api/workflows/{workflow_id}/${what}`, { params: { path: { workflow_id: id } } })));
}

export function actOnTask(id: string, taskId: string, what: "retry" | "skip"): Promise<Workflow> {
  const path = { workflow_id: id, task_id: taskId };
  return taken(body(api.POST(`/api/workflows/{workflow_id}/tasks/{task_id}/${what}`, { params: { path } })));
}

/** Runs all tasks again that have failed, one after the other; those that depend on them follow by themselves. */
export async function retryFailed(workflow: Workflow): Promise<void> {
  for (const task of failedOf(workflow)) await actOnTask(workflow.id, task.id, "retry");
}

export function failedOf({ tasks }: Workflow): WorkflowTask[] {
  return tasks.filter(({ status }) => status === "failed");
}

/** Makes a new workflow of this one. The same `client_id` makes it once. */
export function rerun(id: string, request: WorkflowRerun): Promise<Workflow> {
  return taken(body(api.POST("/api/workflows/{workflow_id}/rerun", { params: { path: { workflow_id: id } }, body: request })));
}

export interface Edit {
  version: number;
  title: string;
  max_parallel: number;
  tasks: PlanTask[];
}

export function save(id: string, edit: Edit): Promise<Workflow> {
  return taken(body(api.PUT("/api/workflows/{workflow_id}", { params: { path: { workflow_id: id } }, body: edit })));
}

// Larger ones are refused unread, which browsers tell as a lost connection.
const MAX_BYTES = 4 * 1024 * 1024;

export class FileTooLarge extends Error {
  constructor() {
    super("The file is larger than 4 MiB, which no plan is.");
  }
}

/** Puts the plan of a file into a channel. Throws ApiError when it holds none, FileTooLarge when it can't. */
export async function importPlan(file: File, channelId: string): Promise<Workflow> {
  if (file.size > MAX_BYTES) throw new FileTooLarge();
  const bytes = await file.arrayBuffer();
  const request = api.POST("/api/workflows/import", {
    params: { query: { channel_id: channelId } },
    headers: { "Content-Type": "application/json" },
    // The bytes as they are: the server tells what is wrong with them better than the browser could.
    body: bytes as never,
    bodySerializer: (content: unknown) => content as ArrayBuffer,
  });
  return taken(body(request));
}

export async function remove(id: string): Promise<void> {
  await body(api.DELETE("/api/workflows/{workflow_id}", { params: { path: { workflow_id: id } } }));
  dropWorkflow(id);
}

async function taken(request: Promise<Workflow>): Promise<Workflow> {
  const workflow = await request;
  putWorkflow(workflow);
  return workflow;
}
