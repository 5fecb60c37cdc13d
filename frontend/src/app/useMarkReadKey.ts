import { useEffect } from "react";
import { sentence } from "@/api/problem";
import { markAllRead } from "@/realtime/reading";
import { notify } from "@/ui/toast";
import { usePanel } from "./panels";

// Where Escape means something else.
const OWN_ESCAPE = "[role=dialog], [role=listbox], [role=menu]";

/** Lets Escape mark the channel and its threads as read, where it closes nothing. */
export function useMarkReadKey(channelId: string): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || usePanel.getState().open !== null) return;
      if (event.target instanceof Element && event.target.closest(OWN_ESCAPE)) return;
      markAllRead(channelId).catch((error: unknown) => notify(sentence(error)));
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [channelId]);
}
