import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { deleteAgent } from "./changes";

interface Props {
  agent: Agent;
  open: boolean;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks before an agent is deleted, and tells what goes with it. */
export function DeleteAgent({ agent, open, onClose, onDeleted }: Props): ReactElement {
  const [refusal, setRefusal] = useState<string | null>(null);
  return (
    <Dialog title={`Delete ${agent.name}?`} open={open} onClose={onClose}>
      <ul className="list-disc space-y-1 pl-5 text-sm text-soft">
        <li>Its memories are deleted with it, and can't be brought back.</li>
        <li>What it said stays, under its name.</li>
        <li>Answers that it is writing stop.</li>
        <li>@{agent.handle} reaches nobody any more. To pause it instead, switch it off.</li>
      </ul>
      {refusal && <p role="alert" className="mt-3 text-sm text-danger">{refusal}</p>}
      <div className="flex justify-end gap-2 pt-5">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button
          kind="danger"
          icon="trash"
          onClick={() => deleteAgent(agent.id).then(onDeleted, (error: unknown) => setRefusal(sentence(error)))}
        >
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
