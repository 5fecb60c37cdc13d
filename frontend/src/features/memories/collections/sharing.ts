import { queryOptions } from "@tanstack/react-query";
import { api, body, page } from "@/api/client";
import { everyPage, queryClient } from "@/api/queries";
import type { Collection, CollectionCreate, Grant } from "@/api/types";

const PAGE = 200;
const KEY = ["memory-collections"] as const;

export const collectionsQuery = queryOptions({
  queryKey: KEY,
  queryFn: () => everyPage<Collection>((cursor) => page(api.GET("/api/memory-collections", { params: { query: { limit: PAGE, cursor } } }))),
});

export const collectionQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, id],
    queryFn: () => body(api.GET("/api/memory-collections/{collection_id}", { params: { path: { collection_id: id } } })),
    retry: false,
  });

/** The agents that may read a collection. */
export const grantsQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, id, "grants"],
    queryFn: () =>
      everyPage<Grant>((cursor) =>
        page(api.GET("/api/memory-collections/{collection_id}/grants", { params: { path: { collection_id: id }, query: { limit: PAGE, cursor } } })),
      ),
  });

export async function createCollection(request: CollectionCreate): Promise<Collection> {
  return changed(body(api.POST("/api/memory-collections", { body: request })));
}

export async function updateCollection(id: string, request: Pick<CollectionCreate, "name" | "description">): Promise<Collection> {
  return changed(body(api.PUT("/api/memory-collections/{collection_id}", { params: { path: { collection_id: id } }, body: request })));
}

export async function deleteCollection(id: string): Promise<void> {
  await body(api.DELETE("/api/memory-collections/{collection_id}", { params: { path: { collection_id: id } } }));
  queryClient.removeQueries({ queryKey: [...KEY, id] });
  await queryClient.invalidateQueries({ queryKey: KEY, exact: true });
}

/** Lets an agent read a collection, and perhaps add to it. */
export async function grant(id: string, agentId: string, canWrite: boolean): Promise<void> {
  const path = { collection_id: id, agent_id: agentId };
  // Shown at once; what is refused is seen as it is again.
  queryClient.setQueryData(grantsQuery(id).queryKey, (all) => all?.map((one) => (one.agent_id === agentId ? { ...one, can_write: canWrite } : one)));
  await changed(body(api.PUT("/api/memory-collections/{collection_id}/grants/{agent_id}", { params: { path }, body: { can_write: canWrite } })));
}

export async function revoke(id: string, agentId: string): Promise<void> {
  const path = { collection_id: id, agent_id: agentId };
  await changed(body(api.DELETE("/api/memory-collections/{collection_id}/grants/{agent_id}", { params: { path } })));
}

async function changed<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } finally {
    await queryClient.invalidateQueries({ queryKey: KEY });
  }
}
