import { keep, load } from "@/realtime/stored";
import type { Draft } from "./draft";

const nameOf = (workflowId: string): string => `plan-draft.${workflowId}`;

/** Returns the changes of a plan that were not saved, kept in this tab; null when there are none. */
export function keptDraft(workflowId: string): Draft | null {
  const draft = load<Draft | null>(nameOf(workflowId), null, "tab");
  return draft !== null && Array.isArray(draft.tasks) && Array.isArray(draft.base?.tasks) ? draft : null;
}

export function keepDraft(workflowId: string, draft: Draft | null): void {
  keep(nameOf(workflowId), draft, "tab");
}
