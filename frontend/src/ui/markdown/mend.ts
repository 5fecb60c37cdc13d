import type { RemendOptions } from "remend";

const OPTIONS: RemendOptions = { linkMode: "text-only" };

let close: ((text: string, options: RemendOptions) => string | undefined) | null = null;

// Not among what has to be there for the page to show: only text that streams needs it.
import("remend").then(
  (module) => {
    close = module.default;
  },
  () => undefined, // open marks are then seen until they are closed
);

/** Returns text that is being written as if what is open at its end were closed. */
export const mended = (text: string): string => close?.(text, OPTIONS) ?? text;
