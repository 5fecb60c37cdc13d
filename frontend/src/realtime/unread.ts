import { create } from "zustand";
import { keep, load, onKeptElsewhere } from "./stored";

interface Reading {
  /** Messages of others since the channel was last read. */
  count: number;
  /** The last message that was read, null when none ever was. */
  lastRead: string | null;
}

const NOTHING: Reading = { count: 0, lastRead: null };

export const useUnread = create<Record<string, Reading>>(() => load("unread", {}));

useUnread.subscribe((all) => keep("unread", all));

// What is read in one tab is read. Each tab counts by itself what arrives, so counts are not taken over.
onKeptElsewhere<Record<string, Reading>>("unread", (all) => {
  for (const [channelId, { count, lastRead }] of Object.entries(all)) {
    if (count === 0 && lastRead !== null) markRead(channelId, lastRead);
  }
});

export function countUnread(channelId: string): void {
  change(channelId, (known) => ({ ...known, count: known.count + 1 }));
}

export function markRead(channelId: string, lastMessageId: string): void {
  const known = useUnread.getState()[channelId];
  if (known?.count === 0 && known.lastRead === lastMessageId) return;
  change(channelId, () => ({ count: 0, lastRead: lastMessageId }));
}

function change(channelId: string, next: (known: Reading) => Reading): void {
  useUnread.setState((all) => ({ [channelId]: next(all[channelId] ?? NOTHING) }));
}
