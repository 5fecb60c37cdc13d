import { api, body, page, type Page } from "@/api/client";
import { queryClient } from "@/api/queries";
import type { Memory, MemoryCreate, MemoryKind, MemoryOrigin, MemoryUpdate } from "@/api/types";

/** Whose memories: an agent's own, or those that a collection shares among agents. */
export interface Owner {
  kind: "agent" | "collection";
  id: string;
  name: string;
  /** Of an agent, where it is known. */
  handle?: string;
}

/** Which of them; empty texts are all. */
export interface Wanted {
  q: string;
  kind: MemoryKind | "";
  channelId: string;
  origin: MemoryOrigin | "";
  /** Whether a list tells also what others supersede or stand for. */
  isHistory: boolean;
}

export const EVERYTHING: Wanted = { q: "", kind: "", channelId: "", origin: "", isHistory: false };

export const isNarrowed = ({ kind, channelId, origin }: Wanted): boolean => kind !== "" || channelId !== "" || origin !== "";

export async function list(owner: Owner, wanted: Wanted, limit: number, cursor: string | undefined, signal: AbortSignal): Promise<Page<Memory[]>> {
  const query = {
    q: wanted.q.trim() === "" ? undefined : wanted.q,
    kind: wanted.kind === "" ? undefined : wanted.kind,
    channel_id: wanted.channelId === "" ? undefined : wanted.channelId,
    origin: wanted.origin === "" ? undefined : wanted.origin,
    current: !wanted.isHistory,
    limit,
    cursor,
  };
  return page(
    owner.kind === "agent"
      ? api.GET("/api/agents/{agent_id}/memories", { params: { path: { agent_id: owner.id }, query }, signal })
      : api.GET("/api/memory-collections/{collection_id}/memories", { params: { path: { collection_id: owner.id }, query }, signal }),
  );
}

export async function get(owner: Owner, memoryId: string): Promise<Memory> {
  const memory = { memory_id: memoryId };
  return body(
    owner.kind === "agent"
      ? api.GET("/api/agents/{agent_id}/memories/{memory_id}", { params: { path: { agent_id: owner.id, ...memory } } })
      : api.GET("/api/memory-collections/{collection_id}/memories/{memory_id}", { params: { path: { collection_id: owner.id, ...memory } } }),
  );
}

export async function add(owner: Owner, memory: MemoryCreate): Promise<Memory> {
  return changed(
    owner,
    body(
      owner.kind === "agent"
        ? api.POST("/api/agents/{agent_id}/memories", { params: { path: { agent_id: owner.id } }, body: memory })
        : api.POST("/api/memory-collections/{collection_id}/memories", { params: { path: { collection_id: owner.id } }, body: memory }),
    ),
  );
}

export async function change(owner: Owner, memoryId: string, update: MemoryUpdate): Promise<Memory> {
  const memory = { memory_id: memoryId };
  return changed(
    owner,
    body(
      owner.kind === "agent"
        ? api.PUT("/api/agents/{agent_id}/memories/{memory_id}", { params: { path: { agent_id: owner.id, ...memory } }, body: update })
        : api.PUT("/api/memory-collections/{collection_id}/memories/{memory_id}", { params: { path: { collection_id: owner.id, ...memory } }, body: update }),
    ),
  );
}

export async function forget(owner: Owner, memoryId: string): Promise<void> {
  const memory = { memory_id: memoryId };
  await changed(
    owner,
    body(
      owner.kind === "agent"
        ? api.DELETE("/api/agents/{agent_id}/memories/{memory_id}", { params: { path: { agent_id: owner.id, ...memory } } })
        : api.DELETE("/api/memory-collections/{collection_id}/memories/{memory_id}", { params: { path: { collection_id: owner.id, ...memory } } }),
    ),
  );
}

/** Lets a memory that was corrected or summed up be found again. */
export async function restore(owner: Owner, { id, superseded_by: corrected }: Memory): Promise<Memory> {
  if (corrected !== null || owner.kind === "collection") return change(owner, id, { superseded_by: null });
  const path = { agent_id: owner.id, memory_id: id };
  return changed(owner, body(api.POST("/api/agents/{agent_id}/memories/{memory_id}/restore", { params: { path } })));
}

export async function forgetAll(owner: Owner): Promise<void> {
  const query = { confirm: true };
  await changed(
    owner,
    body(
      owner.kind === "agent"
        ? api.DELETE("/api/agents/{agent_id}/memories", { params: { path: { agent_id: owner.id }, query } })
        : api.DELETE("/api/memory-collections/{collection_id}/memories", { params: { path: { collection_id: owner.id }, query } }),
    ),
  );
}

/** Where everything can be downloaded; null where it can't. */
export const exportAddress = (owner: Owner): string | null => (owner.kind === "agent" ? `/api/agents/${owner.id}/memories/export` : null);

export const keyOf = (owner: Owner): readonly string[] => ["memories", owner.kind, owner.id];

/** The memories under answers show the same rows. */
export const RECALLED_KEY = ["recalled"] as const;

async function changed<T>(owner: Owner, request: Promise<T>): Promise<T> {
  const result = await request;
  await Promise.all([queryClient.invalidateQueries({ queryKey: keyOf(owner) }), queryClient.invalidateQueries({ queryKey: RECALLED_KEY })]);
  return result;
}
