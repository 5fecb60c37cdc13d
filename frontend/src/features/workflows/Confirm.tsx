import type { ReactElement } from "react";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import type { IconName } from "@/ui/Icon";
import { useAttempt } from "./useAttempt";

interface Props {
  title: string;
  description: string;
  /** What the button says that does it. */
  yes: string;
  icon: IconName;
  act: () => Promise<unknown>;
  /** Whether the dialog closes by itself once it is done. */
  isClosing?: boolean;
  onClose: () => void;
}

/** Asks whether something that can't be undone shall really be done. */
export function Confirm({ title, description, yes, icon, act, isClosing = true, onClose }: Props): ReactElement {
  const { isBusy, refusal, attempt } = useAttempt();
  const run = async (): Promise<void> => {
    if ((await attempt(act)) && isClosing) onClose();
  };
  return (
    <Dialog title={title} description={description} open onClose={onClose}>
      {refusal && <p role="alert" className="pb-2 text-sm text-danger">{refusal}</p>}
      <div className="flex flex-wrap justify-end gap-2 pt-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button kind="danger" icon={icon} disabled={isBusy} onClick={() => void run()}>{yes}</Button>
      </div>
    </Dialog>
  );
}
