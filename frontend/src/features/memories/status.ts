import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { MemoryStatus } from "@/api/types";

const LOOK_MS = 4_000;

export const statusQuery = queryOptions({
  queryKey: ["memory-status"],
  queryFn: () => body(api.GET("/api/memory-status")),
  retry: false,
  // While something is pending it is looked at again, else only when it is asked for anew.
  refetchInterval: ({ state }) => ((state.data?.memories.pending ?? 0) > 0 ? LOOK_MS : false),
});

/** Returns what is to be told of the state; null when there is nothing to tell. */
export function tellingOf({ embedder, memories: { total, pending, failed } }: Pick<MemoryStatus, "embedder" | "memories">): { text: string; done: number } | null {
  if (embedder === null) return { text: "Memories are found by their words alone: no model that reads meaning is set up.", done: 1 };
  if (pending > 0) {
    const verb = total === 1 ? "memory is" : "memories are";
    return { text: `${number(pending)} of ${number(total)} ${verb} being read anew; until then those are found by their words.`, done: total > 0 ? 1 - pending / total : 0 };
  }
  if (failed > 0) return { text: `${number(failed)} of ${number(total)} memories could not be read for their meaning; they are found by their words.`, done: 1 };
  return null;
}

const number = (count: number): string => count.toLocaleString("en");
