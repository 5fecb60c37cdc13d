import type { ReactElement } from "react";
import { Button } from "./Button";

/** Loads what follows; while it does, the button keeps the focus, which a disabled one would lose. */
export function MoreButton({ isLoading, onMore }: { isLoading: boolean; onMore: () => void }): ReactElement {
  return (
    <Button className="aria-disabled:text-faint" aria-disabled={isLoading} onClick={() => isLoading || onMore()}>
      {isLoading ? "Loading…" : "Show more"}
    </Button>
  );
}
