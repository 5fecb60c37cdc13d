import { queryClient } from "@/api/queries";
import type { Workflow, WorkflowTask } from "@/api/types";
import type { WorkflowProgressed } from "./events";
import { reload } from "./lists";

// Changes come in bursts; what they do not tell (costs, the lists) is looked up once they have settled.
const SETTLE_MS = 700;

const changed = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

export const workflowKey = (id: string): readonly [string, string, string] => ["workflows", "one", id];

/** Takes over a whole workflow, as an event or an answer tells it; an older form than is known changes nothing. */
export function putWorkflow(workflow: Workflow): void {
  queryClient.setQueryData<Workflow>(workflowKey(workflow.id), (known) =>
    known !== undefined && known.updated_at > workflow.updated_at ? known : workflow,
  );
  lookAgainSoon(workflow.id);
}

/** Takes over what an event tells of one task and of how far its workflow is, if that workflow is shown anywhere. */
export function progressed(event: WorkflowProgressed): void {
  queryClient.setQueryData<Workflow>(workflowKey(event.workflow_id), (known) => known && after(known, event));
  lookAgainSoon(event.workflow_id);
}

export function dropWorkflow(id: string): void {
  void queryClient.resetQueries({ queryKey: workflowKey(id) });
  lookAgainSoon(id);
}

function after(known: Workflow, { task, status, completed, total, percent }: WorkflowProgressed): Workflow {
  const tasks = task ? known.tasks.map((other) => (other.id === task.id ? task : other)) : known.tasks;
  return { ...known, status, tasks, progress: { completed, done: tasks.filter(isDone).length, total, percent } };
}

function isDone({ status }: WorkflowTask): boolean {
  return status === "completed" || status === "failed" || status === "cancelled" || status === "skipped";
}

/** Loads the changed workflows and the lists anew where they are shown. */
function lookAgainSoon(id: string): void {
  changed.add(id);
  timer ??= setTimeout(() => {
    timer = undefined;
    for (const one of changed) reload(workflowKey(one));
    changed.clear();
    reload(["workflows", "list"]);
  }, SETTLE_MS);
}
