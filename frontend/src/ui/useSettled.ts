import { useEffect, useState } from "react";

const PAUSE_MS = 250;

/** Returns a value once it has not changed for a moment; at once when it is emptied. */
export function useSettled(value: string, pause = PAUSE_MS): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === "" ? 0 : pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return settled;
}
