import { create } from "zustand";
import { keep, load } from "@/realtime/stored";

export interface Preferences {
  theme: "neon" | "contrast";
  size: "small" | "medium" | "large";
}

const wantsContrast = globalThis.matchMedia?.("(prefers-contrast: more)").matches ?? false;

export const usePreferences = create<Preferences>(() => ({
  theme: wantsContrast ? "contrast" : "neon",
  size: "medium",
  ...load<Partial<Preferences>>("preferences", {}),
}));

usePreferences.subscribe(apply);

/** Shows the page as the user prefers it. */
export function applyPreferences(): void {
  show(usePreferences.getState());
}

function apply(preferences: Preferences): void {
  keep("preferences", preferences);
  show(preferences);
}

function show({ theme, size }: Preferences): void {
  document.documentElement.dataset["theme"] = theme;
  document.documentElement.dataset["size"] = size;
}
