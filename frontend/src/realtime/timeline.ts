import type { Message } from "@/api/types";

/** Returns the list with the message put in its place, or in the place of its earlier form. */
export function upsert(list: readonly Message[], message: Message): readonly Message[] {
  const at = place(list, message);
  const known = list[at];
  if (known?.id !== message.id) return list.toSpliced(at, 0, message);
  return isOlder(message, known) ? list : list.with(at, message);
}

/** Returns the two lists as one, each message once, in the order of their times. */
export function merge(list: readonly Message[], more: readonly Message[]): readonly Message[] {
  const first = more[0];
  const last = list.at(-1);
  if (first === undefined) return list;
  if (last === undefined || compare(last, first) < 0) return [...list, ...more];
  const lastOfMore = more.at(-1);
  const firstOfList = list[0];
  if (lastOfMore && firstOfList && compare(lastOfMore, firstOfList) < 0) return [...more, ...list];
  return more.reduce(upsert, list);
}

export function remove(list: readonly Message[], id: string): readonly Message[] {
  const at = list.findIndex((message) => message.id === id);
  return at === -1 ? list : list.toSpliced(at, 1);
}

/** Returns the list without a deleted message, or with it emptied where a thread hangs on it, as the server tells it. */
export function withoutDeleted(list: readonly Message[], id: string): readonly Message[] {
  const at = list.findIndex((message) => message.id === id);
  const known = list[at];
  if (known === undefined) return list;
  if (!known.reply_count) return list.toSpliced(at, 1);
  return list.with(at, emptied(known));
}

/** Returns a message as it is once it was deleted. */
export function emptied(message: Message): Message {
  return { ...message, content: "", reactions: [], files: [], deleted_at: message.deleted_at ?? new Date().toISOString() };
}

/** Returns the part of a list from so many messages before one to so many behind another; what is not there cuts nothing. */
export function part(list: readonly Message[], first: string, last: string, margin: number): readonly Message[] {
  const from = list.findIndex(({ id }) => id === first);
  const to = list.findLastIndex(({ id }) => id === last);
  return list.slice(Math.max(0, from - margin), to === -1 ? list.length : to + 1 + margin);
}

/** Puts a message in place of its earlier form, if that is there. */
export function replace(list: readonly Message[], message: Message): readonly Message[] {
  const at = place(list, message);
  const known = list[at];
  return known?.id === message.id && !isOlder(message, known) ? list.with(at, message) : list;
}

/** Whether a form of a message is an earlier one than what is known of it. */
export function isOlder(message: Message, known: Message): boolean {
  if (message.attempt !== known.attempt) return message.attempt < known.attempt;
  return instant(message.updated_at) < instant(known.updated_at);
}

function place(list: readonly Message[], message: Message): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = list[middle];
    if (other !== undefined && compare(other, message) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Standing = Pick<Message, "created_at" | "id">;

/** Returns which of two messages stands first, as a number below or above zero. */
export function compare(one: Standing, other: Standing): number {
  const a = instant(one.created_at) + one.id;
  const b = instant(other.created_at) + other.id;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Returns a UTC time so that text order is time order: zero microseconds are left out on the wire. */
function instant(iso: string): string {
  return iso.slice(0, 19) + iso.slice(20).replace("Z", "").padEnd(6, "0");
}
