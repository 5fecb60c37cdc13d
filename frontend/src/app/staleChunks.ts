import { keep, load } from "@/realtime/stored";
import { notify } from "@/ui/toast";
import { hasUnsaved } from "@/ui/unsaved";

const KEY = "reloaded-at";
// A part that is missing again right after a reload is not missing because of an update.
const AGAIN_MS = 60_000;

/**
 * Loads the page anew, once, when a part of it is gone because the server was updated since. Drafts are kept; what is not
 * kept is saved first by the user, who is told.
 */
export function recoverFromUpdates(reload: () => void = () => location.reload()): void {
  window.addEventListener("vite:preloadError", () => {
    if (hasUnsaved()) {
      notify("The workspace was updated. Save your changes, then load the page again.");
      return;
    }
    const now = Date.now();
    if (now - load(KEY, 0, "tab") < AGAIN_MS) return;
    keep(KEY, now, "tab");
    // Where nothing can be kept, a reload could follow another for ever.
    if (load(KEY, 0, "tab") === now) reload();
  });
}
