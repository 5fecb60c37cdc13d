import type { ReactElement } from "react";
import { useConnection } from "@/realtime/socket";
import { Icon } from "@/ui/Icon";

/** Says that what is seen may be old, while nobody tells what changes. */
export function StaleNote(): ReactElement | null {
  const isOnline = useConnection(({ state }) => state === "online");
  if (isOnline) return null;
  return (
    <p role="status" className="flex items-center gap-2 text-xs text-orange">
      <Icon name="plug" className="size-3.5" />
      Not connected. What is shown here may have changed since.
    </p>
  );
}
