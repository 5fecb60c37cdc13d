import { QueryClient, queryOptions } from "@tanstack/react-query";
import { api, body, page } from "./client";
import { ApiError } from "./problem";
import type { Agent, Channel } from "./types";

const PAGE = 200;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.isPassing,
    },
  },
});

export const channelsQuery = queryOptions({
  queryKey: ["channels"],
  queryFn: () => everyPage<Channel>((cursor) =>
    page(api.GET("/api/channels", { params: { query: { limit: PAGE, cursor } } })),
  ),
});

export const agentsQuery = queryOptions({
  queryKey: ["agents"],
  queryFn: () => everyPage<Agent>((cursor) =>
    page(api.GET("/api/agents", { params: { query: { limit: PAGE, cursor } } })),
  ),
});

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: () => body(api.GET("/api/providers")),
  staleTime: 5_000,
});

async function everyPage<T>(
  load: (cursor: string | undefined) => Promise<{ rows: T[]; next: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const { rows, next } = await load(cursor);
    all.push(...rows);
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return all;
}
