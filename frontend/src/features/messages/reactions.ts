import { create } from "zustand";
import { api, body } from "@/api/client";
import { sentence } from "@/api/problem";
import type { Message, Reaction } from "@/api/types";
import { put, refetch } from "@/realtime/conversations";
import { useReads } from "@/realtime/reads";
import { keep, load } from "@/realtime/stored";
import { notify } from "@/ui/toast";

const RECENT = 8;

interface Reacting {
  /** The row that an emoji is being chosen for, and what the choice hangs on. */
  row: string | null;
  anchor: HTMLElement | null;
}

export const useReacting = create<Reacting>(() => ({ row: null, anchor: null }));

export function startReacting(row: string, anchor: HTMLElement): void {
  useReacting.setState({ row, anchor });
}

export function stopReacting(): void {
  useReacting.setState({ row: null, anchor: null });
}

export const recentEmoji = (): string[] => load<string[]>("emoji", []);

/** Puts the user's emoji under a message, or takes it off again; it is shown at once. */
export function toggleReaction(message: Message, emoji: string): void {
  const { me } = useReads.getState();
  const { reactions = [] } = message;
  const isMine = reactions.some((reaction) => reaction.emoji === emoji && reaction.users.some(({ id }) => id === me));
  if (!isMine) keep("emoji", [...new Set([emoji, ...recentEmoji()])].slice(0, RECENT));
  if (me !== null) put({ ...message, reactions: isMine ? without(reactions, emoji, me) : withOne(reactions, emoji, me) }, false);
  const params = { path: { message_id: message.id, emoji } };
  const address = "/api/messages/{message_id}/reactions/{emoji}";
  const act = async (): Promise<void> => {
    try {
      put(await body(isMine ? api.DELETE(address, { params }) : api.PUT(address, { params })), false);
    } catch (error) {
      notify(sentence(error));
      await refetch(message.id).catch(() => undefined); // shown as it was until the connection is back
    }
  };
  line = line.then(act);
}

/** One after the other, so that the last word counts. */
let line: Promise<void> = Promise.resolve();

function withOne(reactions: readonly Reaction[], emoji: string, me: string): Reaction[] {
  const user = { id: me, name: "You" };
  if (!reactions.some((reaction) => reaction.emoji === emoji)) return [...reactions, { emoji, count: 1, users: [user] }];
  return reactions.map((reaction) =>
    reaction.emoji === emoji ? { ...reaction, count: reaction.count + 1, users: [...reaction.users, user] } : reaction,
  );
}

function without(reactions: readonly Reaction[], emoji: string, me: string): Reaction[] {
  return reactions
    .map((reaction) =>
      reaction.emoji === emoji ? { ...reaction, count: reaction.count - 1, users: reaction.users.filter(({ id }) => id !== me) } : reaction,
    )
    .filter(({ count }) => count > 0);
}
