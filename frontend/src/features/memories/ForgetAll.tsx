import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { notify } from "@/ui/toast";
import { forgetAll, type Owner } from "./owner";

/** Asks for the owner's name to be typed before everything is forgotten. */
export function ForgetAll({ owner, onClose }: { owner: Owner; onClose: () => void }): ReactElement {
  const [typed, setTyped] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const isRight = typed.trim() === owner.name;
  const act = async (): Promise<void> => {
    setIsBusy(true);
    try {
      await forgetAll(owner);
      notify(`${owner.name} holds no memories any more.`);
      onClose();
    } catch (error) {
      setRefusal(sentence(error));
      setIsBusy(false);
    }
  };
  return (
    <Dialog title="Forget everything?" description={`Every memory of ${owner.name} is deleted, pinned ones too. Nothing brings them back, except an export that you keep.`} open onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isRight && !isBusy) void act();
        }}
      >
        <Field label={`Type "${owner.name}" to confirm`}>
          {(wiring) => <input {...wiring} className="field" autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
        {refusal && <p role="alert" className="text-sm text-danger">{refusal}</p>}
        <div className="flex justify-end gap-2">
          <Button kind="ghost" onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="danger" icon="trash" disabled={!isRight || isBusy}>Forget everything</Button>
        </div>
      </form>
    </Dialog>
  );
}
