import { infiniteQueryOptions, type QueryKey } from "@tanstack/react-query";
import type { Page } from "@/api/client";

const FIRST = 20;
// Whoever looks for something older goes on for a while, and each page is one more to load anew.
const OLDER = 50;
const FRESH_MS = 3_000;

interface Asked {
  limit: number;
  cursor: string | undefined;
}

/** What has happened, newest first, page by page. A page begins behind the last row of the one before, whatever has come on top since. */
export function logQuery<T>(queryKey: QueryKey, load: (asked: Asked, signal: AbortSignal) => Promise<Page<T[]>>) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam: cursor, signal }) => load({ limit: cursor === undefined ? FIRST : OLDER, cursor }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    staleTime: FRESH_MS,
  });
}

export type LogQuery<T> = ReturnType<typeof logQuery<T>>;
