import { useEffect } from "react";

let held = 0;

/** Says, while `isHeld`, that the page holds work that would be lost with it. */
export function useUnsaved(isHeld: boolean): void {
  useEffect(() => {
    if (!isHeld) return;
    held += 1;
    return () => {
      held -= 1;
    };
  }, [isHeld]);
}

export const hasUnsaved = (): boolean => held > 0;
