import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Collection } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { deleteCollection } from "./sharing";

interface Props {
  collection: Collection;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteCollection({ collection: { id, name }, onClose, onDeleted }: Props): ReactElement {
  const [refusal, setRefusal] = useState<string | null>(null);
  return (
    <Dialog title={`Delete ${name}?`} description="Every memory in it is deleted, too, and can't be brought back. No agent keeps a copy." open onClose={onClose}>
      {refusal && <p role="alert" className="text-sm text-danger">{refusal}</p>}
      <div className="flex justify-end gap-2 pt-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button kind="danger" icon="trash" onClick={() => deleteCollection(id).then(onDeleted, (error: unknown) => setRefusal(sentence(error)))}>Delete</Button>
      </div>
    </Dialog>
  );
}
