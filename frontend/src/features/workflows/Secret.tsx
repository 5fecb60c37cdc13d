import type { ReactElement, ReactNode } from "react";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/Icon";
import "./secret.css";

interface Props {
  title: string;
  secret: string;
  /** How the secret is used. */
  children: ReactNode;
  onClose: () => void;
}

/** Shows a secret, this once. */
export function SecretDialog({ title, secret, children, onClose }: Props): ReactElement {
  return (
    <Dialog title={title} open wide onClose={onClose}>
      <div className="wf-secret">
        <div>
          <p className="text-sm font-medium">Secret</p>
          <Copied text={secret} label="Copy the secret" />
          <p className="flex items-baseline gap-2 text-sm text-orange"><Icon name="warning" className="size-3.5 self-center" />Copy it now: it is not shown again. If it is lost, make a new one.</p>
        </div>
        {children}
        <div className="flex justify-end"><Button kind="primary" icon="check" onClick={onClose}>I have kept it</Button></div>
      </div>
    </Dialog>
  );
}

/** A text to be copied, such as an address. */
export function Copied({ text, label, isLong = false }: { text: string; label: string; isLong?: boolean }): ReactElement {
  return (
    <div className="wf-copied">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what is scrolled must be reached by keyboard */}
      <pre className={isLong ? "wf-copied-long" : ""} tabIndex={isLong ? 0 : undefined}><code>{text}</code></pre>
      <CopyButton text={text} label={label} />
    </div>
  );
}
