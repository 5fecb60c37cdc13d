import { create } from "zustand";

/** Agents that were just made, which the gallery shows first. */
export const useFresh = create<{ ids: ReadonlySet<string> }>(() => ({ ids: new Set() }));

export function showFresh(ids: readonly string[]): void {
  useFresh.setState({ ids: new Set(ids) });
}
