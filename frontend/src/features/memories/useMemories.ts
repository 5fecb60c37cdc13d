import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Memory } from "@/api/types";
import { useSettled } from "@/ui/useSettled";
import { keyOf, list, type Owner, type Wanted } from "./owner";

const PAGE = 50;

interface Found {
  memories: readonly Memory[];
  /** Whether these are the results of a search, best first. */
  isSearch: boolean;
  isLoading: boolean;
  /** Whether what is shown is of what was asked before. */
  isStale: boolean;
  error: Error | null;
  more: (() => void) | null;
  isLoadingMore: boolean;
  retry: () => void;
}

/** The memories of an owner: the last said first, or what a search finds, which has one page. */
export function useMemories(owner: Owner, wanted: Wanted): Found {
  const q = useSettled(wanted.q);
  const asked = { ...wanted, q };
  const query = useInfiniteQuery({
    queryKey: [...keyOf(owner), asked],
    queryFn: ({ pageParam, signal }) => list(owner, asked, PAGE, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 5_000,
  });
  const pages = query.data?.pages;
  return {
    memories: useMemo(() => (pages ?? []).flatMap(({ rows }) => rows), [pages]),
    isSearch: q.trim() !== "",
    isLoading: query.isLoading,
    isStale: query.isPlaceholderData || q !== wanted.q,
    error: query.error,
    more: query.hasNextPage && !query.isFetchingNextPage ? () => void query.fetchNextPage() : null,
    isLoadingMore: query.isFetchingNextPage,
    retry: () => void query.refetch(),
  };
}
