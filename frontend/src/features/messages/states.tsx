import type { ReactElement } from "react";
import { Button } from "@/ui/Button";

export function Loading(): ReactElement {
  return (
    <div role="status" className="flex min-h-0 flex-1 flex-col justify-end gap-5 overflow-hidden p-6">
      <span className="sr-only">Loading messages</span>
      {[72, 48, 60].map((width) => (
        <div key={width} aria-hidden="true" className="flex animate-pulse gap-3">
          <div className="size-9 rounded-[10px] bg-raised" />
          <div className="flex-1 space-y-2">
            <div className="h-3 w-28 rounded bg-raised" />
            <div className="h-3 max-w-xl rounded bg-raised" />
          </div>
        </div>
      ))}
    </div>
  );
}

export function LoadFailed({ text, onRetry }: { text: string; onRetry: () => void }): ReactElement {
  return (
    <div role="alert" className="grid flex-1 place-content-center gap-4 p-8 text-center">
      <p className="text-soft">The messages could not be loaded. {text}</p>
      <div><Button icon="retry" onClick={onRetry}>Load again</Button></div>
    </div>
  );
}
