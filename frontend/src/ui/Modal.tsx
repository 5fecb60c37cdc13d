import { Dialog as Base } from "@base-ui/react/dialog";
import type { ReactElement, ReactNode } from "react";
import { IconButton } from "./Button";

export interface ModalProps {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  description?: string;
  wide?: boolean;
  /** Hides the title's row; the title still names the dialog. */
  bare?: boolean;
}

/** A modal dialog: focus stays in it, Escape closes it and focus goes back. */
export function Modal({ title, open, onClose, children, description, wide, bare }: ModalProps): ReactElement {
  return (
    <Base.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/65 backdrop-blur-[2px]" />
        <Base.Popup
          className={`fixed top-[12dvh] left-1/2 z-50 flex max-h-[80dvh] w-[calc(100vw-2rem)] -translate-x-1/2 animate-rise flex-col overflow-hidden rounded-2xl border border-line bg-panel shadow-2xl shadow-black outline-none ${wide ? "max-w-2xl" : "max-w-md"}`}
        >
          <div className={bare ? "sr-only" : "flex items-start justify-between gap-4 px-5 pt-4 pb-2"}>
            <div>
              <Base.Title className="text-lg font-semibold">{title}</Base.Title>
              {description && <Base.Description className="mt-1 text-sm text-soft">{description}</Base.Description>}
            </div>
            {!bare && <Base.Close render={<IconButton icon="close" label="Close" />} />}
          </div>
          <div className={bare ? "flex min-h-0 flex-col" : "min-h-0 overflow-y-auto px-5 pt-1 pb-5"}>{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
