import { create } from "zustand";
import type { Message } from "@/api/types";

/** The replies that are known here, by the message whose thread they are in. */
const useReplies = create<Record<string, ReadonlySet<string>>>(() => ({}));

export function noteReplies(messages: readonly Message[]): void {
  const replies = messages.filter(({ thread_id: root }) => root !== null);
  if (replies.length === 0) return;
  useReplies.setState((all) => {
    const changed: Record<string, ReadonlySet<string>> = {};
    for (const { id, thread_id: root } of replies) {
      if (root !== null) changed[root] = new Set(changed[root] ?? all[root]).add(id);
    }
    return changed;
  });
}

export function forgetReply(messageId: string): void {
  useReplies.setState((all) =>
    Object.fromEntries(
      Object.entries(all)
        .filter(([, ids]) => ids.has(messageId))
        .map(([root, ids]) => [root, new Set([...ids].filter((id) => id !== messageId))]),
    ),
  );
}

/** Returns how many replies to a message are known here. */
export function useReplyCount(messageId: string): number {
  return useReplies((all) => all[messageId]?.size ?? 0);
}
