import type { Memory } from "@/api/types";

let count = 0;

/** Returns a memory as the server sends it, said later than all made before. */
export function memory(change: Partial<Memory> = {}): Memory {
  count += 1;
  const at = new Date(Date.UTC(2026, 0, 1, 12, 0, count)).toISOString();
  return {
    id: `memory-${count}`,
    agent_id: "a1",
    collection_id: null,
    kind: "fact",
    content: `memory ${count}`,
    importance: 0.5,
    pinned: false,
    source_message_id: null,
    channel_id: null,
    said_at: at,
    metadata: {},
    superseded_by: null,
    summarized_by: null,
    origin: "person",
    author_id: null,
    expires_at: null,
    embedder: "bge",
    created_at: at,
    updated_at: at,
    score: null,
    score_parts: null,
    ...change,
  };
}
