import { keep, load } from "./stored";

const KEEP_MS = 500;

/** The newest event seen in each channel, kept over reloads so that nothing is missed in between. */
const cursors = new Map<string, number>(Object.entries(load<Record<string, number>>("cursors", {})));
let timer: ReturnType<typeof setTimeout> | null = null;

export function cursorOf(channelId: string): number | undefined {
  return cursors.get(channelId);
}

/** Notes an event. Returns whether it is news: later than all that were seen in the channel. */
export function advance(channelId: string, eventId: number): boolean {
  if (eventId <= (cursors.get(channelId) ?? -1)) return false;
  cursors.set(channelId, eventId);
  timer ??= setTimeout(() => {
    timer = null;
    keep("cursors", Object.fromEntries(cursors));
  }, KEEP_MS);
  return true;
}

/** Starts over, for a server that counts anew. */
export function rewind(channelId: string): void {
  cursors.delete(channelId);
}
