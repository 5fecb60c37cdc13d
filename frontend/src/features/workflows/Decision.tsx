import type { ReactElement } from "react";
import type { Workflow, WorkflowTask } from "@/api/types";
import { Button } from "@/ui/Button";
import { Sentence } from "@/ui/Sentence";
import { actOnTask } from "./acts";
import { useAttempt } from "./useAttempt";

/** The failed tasks about which somebody must decide before the workflow can go on. */
export function Decision({ workflow }: { workflow: Workflow }): ReactElement | null {
  if (workflow.status !== "waiting" || workflow.waiting_for !== "decision") return null;
  const failed = workflow.tasks.filter(({ status }) => status === "failed" || status === "cancelled");
  return (
    <div role="group" aria-label="Waiting for a decision" className="wf-decision">
      <p className="text-sm font-medium">What depends on this waits. Try again, or go on without it?</p>
      <ul className="grid gap-2">
        {failed.map((task) => <li key={task.id}><Failed workflow={workflow} task={task} /></li>)}
      </ul>
    </div>
  );
}

function Failed({ workflow, task }: { workflow: Workflow; task: WorkflowTask }): ReactElement {
  const { isBusy, refusal, attempt } = useAttempt();
  const run = (what: "retry" | "skip"): void => void attempt(() => actOnTask(workflow.id, task.id, what));
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <div className="min-w-0 flex-1 basis-52 text-sm wrap-anywhere">
        <span className="font-medium">{task.title}</span> <span className="text-faint">@{task.agent}</span>
        {task.error && <p className="text-soft"><Sentence text={task.error.message} /></p>}
      </div>
      <Button size="small" icon="retry" aria-label={`Retry ${task.title}`} disabled={isBusy} onClick={() => run("retry")}>Retry</Button>
      <Button size="small" kind="ghost" icon="skip" aria-label={`Skip ${task.title}`} disabled={isBusy} onClick={() => run("skip")}>Skip</Button>
      {refusal && <p role="alert" className="basis-full text-sm text-danger">{refusal}</p>}
    </div>
  );
}
