import type { Message, ReadState, Task } from "@/api/types";

let count = 0;

/** Returns a message as the server sends it, later than all made before. */
export function message(change: Partial<Message> = {}): Message {
  count += 1;
  const at = new Date(Date.UTC(2026, 0, 1, 12, 0, count)).toISOString();
  return {
    id: `00000000-0000-7000-8000-${String(count).padStart(12, "0")}`,
    channel_id: "c1",
    thread_id: null,
    reply_to_id: null,
    author: { kind: "user", id: null, name: "local-user" },
    content: `message ${count}`,
    status: "complete",
    attempt: 1,
    task_id: null,
    error: null,
    client_id: null,
    mentions: [],
    metadata: {},
    created_at: at,
    updated_at: at,
    edited_at: null,
    deleted_at: null,
    ...change,
  };
}

export function readState(change: Partial<ReadState> = {}): ReadState {
  return { channel_id: "c1", user_id: "me", last_read: null, unread_count: 0, has_answer: false, newest_at: null, threads: [], ...change };
}

export function task(change: Partial<Task> = {}): Task {
  count += 1;
  const at = new Date(Date.UTC(2026, 0, 1, 12, 0, count)).toISOString();
  return {
    id: `task-${count}`,
    channel_id: "c1",
    message_id: "m",
    answer_id: null,
    agent_id: "a1",
    agent_name: "Backend",
    root_id: null,
    parent_id: null,
    hop: 0,
    status: "running",
    run: 1,
    attempt: 1,
    provider: "openai",
    model: "fake",
    finish: null,
    error: null,
    usage: { input_tokens: null, output_tokens: null, cached_tokens: null, cost_usd: null, estimated: false },
    created_at: at,
    started_at: null,
    first_token_at: null,
    finished_at: null,
    cancel_requested_at: null,
    ...change,
  };
}
