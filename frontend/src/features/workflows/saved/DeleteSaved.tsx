import type { ReactElement } from "react";
import type { SavedWorkflow } from "@/api/types";
import { Confirm } from "../Confirm";
import { remove } from "./queries";

interface Props {
  saved: SavedWorkflow;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks whether a saved workflow shall really be deleted. */
export function DeleteSaved({ saved, onClose, onDeleted }: Props): ReactElement {
  return (
    <Confirm
      title={`Delete “${saved.name}”?`}
      description="Its triggers go with it, so nothing starts it any more. Workflows that were made of it stay."
      yes="Delete"
      icon="trash"
      act={async () => {
        await remove(saved.id);
        onDeleted();
      }}
      onClose={onClose}
    />
  );
}
