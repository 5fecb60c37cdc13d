import { create } from "zustand";
import { api, body } from "@/api/client";
import type { Message } from "@/api/types";
import { drop, put } from "@/realtime/conversations";

interface Editing {
  messageId: string | null;
  draft: string;
  /** Where the focus was before. */
  cameFrom: Element | null;
}

const NOTHING: Editing = { messageId: null, draft: "", cameFrom: null };

/** The message that is being edited, with its text so far; the row itself may scroll away. */
export const useEditing = create<Editing>(() => NOTHING);

export function startEditing(message: Message): void {
  useEditing.setState({ messageId: message.id, draft: message.content, cameFrom: document.activeElement });
}

/** Ends it, and gives the focus back: to the field it came from, else to the message. */
export function stopEditing(row: HTMLElement | null): void {
  const { cameFrom } = useEditing.getState();
  useEditing.setState(NOTHING);
  const target = cameFrom instanceof HTMLTextAreaElement && cameFrom.isConnected ? cameFrom : row;
  target?.focus({ preventScroll: true });
}

export async function saveEdit(messageId: string, content: string): Promise<void> {
  const path = { message_id: messageId };
  put(await body(api.PUT("/api/messages/{message_id}", { params: { path }, body: { content } })), false);
}

export async function deleteMessage(messageId: string): Promise<void> {
  await body(api.DELETE("/api/messages/{message_id}", { params: { path: { message_id: messageId } } }));
  drop(messageId);
}
