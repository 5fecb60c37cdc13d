import type { components } from "@/api/generated/events";
import type { Message } from "@/api/types";

export type RunAccount = components["schemas"]["RunAccount"];

/** Returns what the run behind an answer took, null while it is not over. */
export function accountOf({ metadata }: Message): RunAccount | null {
  const { run } = metadata;
  return typeof run === "object" && run !== null && "finished_at" in run ? (run as RunAccount) : null;
}
