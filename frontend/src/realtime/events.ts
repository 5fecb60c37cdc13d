import type { Channel, Message, Problem, Task } from "@/api/types";

/** What the server sends; each event is named as the key. */
export interface ServerEvents {
  message_sent: (event: Durable & { message: Message }) => void;
  message_updated: (event: Durable & { message: Message }) => void;
  message_deleted: (event: Durable & { id: string }) => void;
  task_updated: (event: Durable & { task: Task }) => void;
  channel_updated: (event: Durable & { channel: Channel }) => void;
  message_delta: (event: MessageDelta) => void;
  agent_typing: (event: AgentTyping) => void;
  user_typing: (event: { channel_id: string; user: string }) => void;
  error: (event: { problem: Problem }) => void;
}

/** What clients send; the last argument is the acknowledgement. */
export interface ClientEvents {
  join_channel: (
    command: { channel_id: string; last_event_id?: number },
    ack: (answer: Ack<{ event_id: number; refetch: boolean; replayed: number }>) => void,
  ) => void;
  leave_channel: (command: { channel_id: string }) => void;
  typing: (command: { channel_id: string }) => void;
}

export type Ack<T> = ({ ok: true } & T) | { ok: false; error: Problem };

export interface Durable {
  event_id: number;
  channel_id: string;
}

export interface MessageDelta {
  channel_id: string;
  message_id: string;
  task_id: string;
  attempt: number;
  /** Code points of the text before this piece. */
  offset: number;
  text: string;
}

export interface AgentTyping {
  channel_id: string;
  agent_id: string | null;
  task_id: string;
  state: "thinking" | "writing" | "done";
}
