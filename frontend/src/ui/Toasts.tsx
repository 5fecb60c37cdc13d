import type { ReactElement } from "react";
import { IconButton } from "./Button";
import { dismiss, useToasts } from "./toast";

export function Toasts(): ReactElement {
  const { toasts } = useToasts();
  return (
    <div role="status" aria-live="polite" className="pointer-events-none fixed right-4 bottom-24 z-60 grid w-[min(24rem,calc(100vw-2rem))] gap-2">
      {toasts.map(({ id, text }) => (
        <div key={id} className="pointer-events-auto flex animate-rise items-start gap-2 rounded-xl border border-line bg-raised py-2 pr-1.5 pl-4 text-sm shadow-xl shadow-black/60">
          <p className="min-w-0 flex-1 py-1 wrap-anywhere">{text}</p>
          <IconButton icon="close" label="Dismiss" size="size-7" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
