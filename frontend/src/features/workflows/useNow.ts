import { useCallback, useSyncExternalStore } from "react";
import { useConnection } from "@/realtime/socket";

const STEP_MS = 1_000;

/** Returns the time in whole seconds (as milliseconds); it goes on while `isTicking` and the page is connected. */
export function useNow(isTicking: boolean): number {
  const isOnline = useConnection(({ state }) => state === "online");
  const goesOn = isTicking && isOnline;
  const subscribe = useCallback(
    (changed: () => void) => {
      if (!goesOn) return () => undefined;
      const timer = setInterval(changed, STEP_MS);
      return () => clearInterval(timer);
    },
    [goesOn],
  );
  return useSyncExternalStore(subscribe, now);
}

const now = (): number => Math.floor(Date.now() / STEP_MS) * STEP_MS;
