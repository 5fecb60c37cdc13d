import { useEffect, useState } from "react";
import { useConnection } from "@/realtime/socket";

/** Returns the time, which goes on once a second while `isTicking` and the page is connected. */
export function useNow(isTicking: boolean): number {
  const isOnline = useConnection(({ state }) => state === "online");
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isTicking || !isOnline) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isTicking, isOnline]);
  return now;
}
