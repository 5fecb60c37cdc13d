import { QueryClient, queryOptions } from "@tanstack/react-query";
import { api, body, page } from "./client";
import { ApiError } from "./problem";
import type { Agent, Channel, Member, ReadState } from "./types";

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

/** The agents that are members of a channel. */
export const membersQuery = (channelId: string) =>
  queryOptions({
    queryKey: ["members", channelId],
    queryFn: () => everyPage<Member>((cursor) => {
      const path = { channel_id: channelId };
      return page(api.GET("/api/channels/{channel_id}/members", { params: { path, query: { limit: PAGE, cursor } } }));
    }),
  });

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: () => body(api.GET("/api/providers")),
  staleTime: 5_000,
});

/** What can be attached; it changes with the server's settings only. */
export const fileLimitsQuery = queryOptions({
  queryKey: ["files", "limits"],
  queryFn: () => body(api.GET("/api/files/limits")),
  staleTime: Infinity,
});

/** The teams to start from; they change with the version only. */
export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  queryFn: () => body(api.GET("/api/templates")),
  staleTime: Infinity,
});

export const templateQuery = (id: string) =>
  queryOptions({
    queryKey: ["templates", id],
    queryFn: () => body(api.GET("/api/templates/{template_id}", { params: { path: { template_id: id } } })),
    staleTime: Infinity,
  });

/** Loads what the user has not read, of every channel. */
export async function loadUnread(): Promise<ReadState[]> {
  return everyPage((cursor) => page(api.GET("/api/unread", { params: { query: { limit: PAGE, cursor } } })));
}

/** Loads a list to its end. */
export async function everyPage<T>(
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
