import type { ReactElement } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { remove } from "./acts";
import { useAttempt } from "./useAttempt";

interface Props {
  workflow: Workflow;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks whether a workflow shall really be deleted. */
export function DeleteWorkflow({ workflow, onClose, onDeleted }: Props): ReactElement {
  const { isBusy, refusal, attempt } = useAttempt();
  const act = async (): Promise<void> => {
    if (await attempt(() => remove(workflow.id))) onDeleted();
  };
  return (
    <Dialog title={`Delete “${workflow.title}”?`} description="The plan, its versions and this page go. What was said in its thread stays." open onClose={onClose}>
      {refusal && <p role="alert" className="pb-2 text-sm text-danger">{refusal}</p>}
      <div className="flex flex-wrap justify-end gap-2 pt-2">
        <Button kind="ghost" onClick={onClose}>Keep it</Button>
        <Button kind="danger" icon="trash" disabled={isBusy} onClick={() => void act()}>Delete</Button>
      </div>
    </Dialog>
  );
}
