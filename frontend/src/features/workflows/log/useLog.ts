import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { LogQuery } from "./query";

interface LogState<T> {
  /** Newest first; undefined until the first are loaded. */
  rows: readonly T[] | undefined;
  pages: number;
  /** The place of the first row of the page that was loaded last. */
  lastPageAt: number;
  /** Why they could not be loaded, or not anew; while older ones are wanted, it stands in `olderError`. */
  error: Error | null;
  retry: () => void;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  olderError: Error | null;
  /** Loads a page more, or tries it again. */
  loadOlder: () => void;
}

/** What has happened, as far back as was asked for. What is loaded anew keeps its number of pages. */
export function useLog<T>(query: LogQuery<T>): LogState<T> {
  const { data, error, isError, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage, refetch } = useInfiniteQuery(query);
  const [wanted, setWanted] = useState(1);
  const pages = data?.pages.length ?? 0;
  const isDue = pages > 0 && pages < wanted && hasNextPage;
  // Loading a page and loading all of them anew end each other: the one waits for the other, and begins again if it was ended.
  useEffect(() => {
    if (isDue && !isFetching && !isError) void fetchNextPage({ cancelRefetch: false });
  }, [isDue, isFetching, isError, fetchNextPage]);
  const rows = data?.pages.flatMap((page) => page.rows);
  return {
    rows,
    pages,
    lastPageAt: (rows?.length ?? 0) - (data?.pages.at(-1)?.rows.length ?? 0),
    error: isDue ? null : error,
    retry: () => void refetch(),
    hasOlder: hasNextPage,
    isLoadingOlder: isDue && (isFetching || !isError),
    olderError: isDue && !isFetching ? error : null,
    loadOlder: () => {
      setWanted(pages + 1);
      if (isFetchNextPageError) void fetchNextPage({ cancelRefetch: false });
      else if (isError) void refetch();
    },
  };
}
