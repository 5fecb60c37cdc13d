import type { ReactElement } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { act } from "../acts";
import { CardTasks } from "../card/CardTasks";
import { keptDraft } from "../editor/kept";
import { useAttempt } from "../useAttempt";

/** The plan of a workflow that runs, and what makes it one that can be edited. */
export function PauseToEdit({ workflow }: { workflow: Workflow }): ReactElement {
  const { isBusy, refusal, attempt } = useAttempt();
  return (
    <div className="mx-auto grid max-w-4xl content-start gap-4 p-4 sm:p-6">
      <div className="wf-decision">
        <p>While it runs, the plan stays as it is. Pause it to edit what has not begun; what runs goes on to its end.</p>
        {keptDraft(workflow.id) && <p className="text-sm text-orange">Your changes that are not saved yet are kept until then.</p>}
        <div><Button icon="pause" disabled={isBusy} onClick={() => void attempt(() => act(workflow.id, "pause"))}>Pause and edit</Button></div>
        {refusal && <p role="alert" className="text-sm text-danger">{refusal}</p>}
      </div>
      <CardTasks workflow={workflow} />
    </div>
  );
}
