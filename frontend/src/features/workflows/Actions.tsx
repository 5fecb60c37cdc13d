import { Link } from "@tanstack/react-router";
import { useRef, useState, type ReactElement } from "react";
import type { Workflow } from "@/api/types";
import { Button, buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { act, failedOf, rerun, retryFailed, type Act } from "./acts";
import { CancelDialog } from "./CancelDialog";
import { useAttempt } from "./useAttempt";
import { counted, isEditable, isOver } from "./words";

interface Props {
  workflow: Workflow;
  /** Whether the way to the editor is shown; the page has its own. */
  hasEdit?: boolean;
  onRerun: (made: Workflow) => void;
}

/** What can be done with a workflow now; a refusal stands beneath. */
export function Actions({ workflow, hasEdit = false, onRerun }: Props): ReactElement | null {
  const { isBusy, refusal, attempt } = useAttempt();
  const [isAsking, setIsAsking] = useState(false);
  const clientId = useRef<string>(crypto.randomUUID()); // a second try makes no second run
  const run = (what: Act): void => void attempt(() => act(workflow.id, what));
  const again = async (): Promise<void> => {
    const isDone = await attempt(async () => onRerun(await rerun(workflow.id, { client_id: clientId.current, auto_start: true })));
    if (isDone) clientId.current = crypto.randomUUID();
  };
  if (workflow.status === "planning") return null;
  const isPaused = workflow.status === "waiting" && workflow.waiting_for === "resume";
  const failed = isOver(workflow) ? failedOf(workflow).length : 0;
  const hasPlan = workflow.tasks.length > 0;
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        {workflow.status === "ready" && <Button kind="primary" icon="play" disabled={isBusy} onClick={() => run("start")}>Approve &amp; run</Button>}
        {isPaused && <Button kind="primary" icon="play" disabled={isBusy} onClick={() => run("resume")}>Resume</Button>}
        {(workflow.status === "running" || workflow.waiting_for === "decision") && <Button icon="pause" disabled={isBusy} onClick={() => run("pause")}>Pause</Button>}
        {failed > 0 && (
          <Button icon="retry" disabled={isBusy} onClick={() => void attempt(() => retryFailed(workflow))}>
            {failed === 1 ? "Retry the failed task" : `Retry ${counted(failed, "failed task")}`}
          </Button>
        )}
        {isOver(workflow) && hasPlan && <Button icon="play" disabled={isBusy} onClick={() => void again()}>Run again</Button>}
        {hasEdit && hasPlan && (isEditable(workflow) || isOver(workflow)) && (
          <Link to="/workflows/$workflowId" params={{ workflowId: workflow.id }} search={{ tab: "plan" }} className={buttonLook("plain")}>
            <Icon name="edit" />
            {isOver(workflow) ? "Run again with changes" : "Edit"}
          </Link>
        )}
        {!isOver(workflow) && <Button kind="ghost" icon="stop" disabled={isBusy} onClick={() => setIsAsking(true)}>Cancel</Button>}
      </div>
      {refusal && <p role="alert" className="text-sm text-danger wrap-anywhere">{refusal}</p>}
      {isAsking && <CancelDialog workflow={workflow} onClose={() => setIsAsking(false)} />}
    </div>
  );
}
