import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "@/api/client";
import { nextCursor } from "@/api/client";
import { asApiError, sentence, unreachable } from "@/api/problem";
import type { components } from "@/api/generated/schema";
import { useSettled } from "@/ui/useSettled";

export type Hit = components["schemas"]["SearchHit"];
export type Sort = components["schemas"]["SearchSort"];

const PAGE = 25;
const PAUSE_MS = 150;

interface Found {
  hits: readonly Hit[];
  /** What of the query was not understood. */
  notes: readonly string[];
  /** The text that these are the results of. */
  asked: string;
  isSearching: boolean;
  error: string | null;
  more: (() => void) | null;
}

interface Page {
  hits: Hit[];
  notes: string[];
  next: string | null;
  asked: string;
}

/** Finds messages while the text is being typed. */
export function useSearch(text: string, sort: Sort): Found {
  const asked = useSettled(text, PAUSE_MS);
  const query = useInfiniteQuery({
    queryKey: ["search", asked, sort],
    queryFn: ({ pageParam, signal }) => load(asked, sort, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page) => last.next ?? undefined,
    enabled: asked.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 5_000,
    retry: false,
  });
  const pages = query.data?.pages;
  const isEmpty = text.trim() === "";
  const hits = useMemo(() => (isEmpty ? [] : (pages ?? []).flatMap((page) => page.hits)), [pages, isEmpty]);
  return {
    hits,
    notes: isEmpty ? [] : (pages?.[0]?.notes ?? []),
    asked: pages?.[0]?.asked ?? "",
    isSearching: !isEmpty && (query.isFetching || asked !== text),
    error: query.error && !isEmpty ? sentence(query.error) : null,
    more: query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : null,
  };
}

async function load(q: string, sort: Sort, cursor: string | undefined, signal: AbortSignal): Promise<Page> {
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const query = { q, sort, tz, limit: PAGE, cursor };
  const { data, error, response } = await api.GET("/api/search", { params: { query }, signal }).catch((reason: unknown) => {
    throw reason instanceof TypeError ? unreachable() : reason;
  });
  if (data === undefined) throw asApiError(error, response);
  return { hits: data, notes: notesOf(response), next: nextCursor(response.headers.get("Link"), "cursor"), asked: q };
}

function notesOf(response: Response): string[] {
  return JSON.parse(response.headers.get("X-Search-Notes") ?? "[]") as string[];
}
