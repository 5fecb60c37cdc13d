import { useEffect, useState, type ReactElement } from "react";
import { reconnect, useConnection } from "@/realtime/socket";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

const PATIENCE_MS = 1_500;

/** Says that nothing new arrives, unless the connection is back before one would notice. */
export function OfflineBanner(): ReactElement | null {
  const isOnline = useConnection(({ state }) => state === "online");
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    if (isOnline) return;
    const timer = setTimeout(() => setIsLong(true), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setIsLong(false);
    };
  }, [isOnline]);
  if (isOnline || !isLong) return null;
  return (
    <div role="alert" className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 border-b border-orange/50 bg-orange/12 px-4 py-1.5 text-sm">
      <Icon name="warning" className="size-4 text-orange" />
      No connection to the server. What you missed is loaded when it is back.
      <Button kind="ghost" icon="retry" size="small" onClick={reconnect}>Try now</Button>
    </div>
  );
}
