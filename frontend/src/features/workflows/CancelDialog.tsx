import type { ReactElement } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { act } from "./acts";
import { useAttempt } from "./useAttempt";

/** Asks whether a workflow shall really be stopped. */
export function CancelDialog({ workflow, onClose }: { workflow: Workflow; onClose: () => void }): ReactElement {
  const { isBusy, refusal, attempt } = useAttempt();
  const stop = async (): Promise<void> => {
    if (await attempt(() => act(workflow.id, "cancel"))) onClose();
  };
  const hasBegun = workflow.started_at !== null;
  return (
    <Dialog
      title={`Cancel “${workflow.title}”?`}
      description={hasBegun ? "What runs is cut off, and nothing more begins. Texts so far stay." : "It will not be run. The plan stays here."}
      open
      onClose={onClose}
    >
      {refusal && <p role="alert" className="pb-2 text-sm text-danger">{refusal}</p>}
      <div className="flex flex-wrap justify-end gap-2 pt-2">
        <Button kind="ghost" onClick={onClose}>{hasBegun ? "Let it go on" : "Keep it"}</Button>
        <Button kind="danger" icon="stop" disabled={isBusy} onClick={() => void stop()}>{isBusy ? "Stopping…" : "Cancel the workflow"}</Button>
      </div>
    </Dialog>
  );
}
