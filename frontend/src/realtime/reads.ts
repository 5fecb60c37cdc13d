import { create } from "zustand";
import { api, body } from "@/api/client";
import { loadUnread } from "@/api/queries";
import type { Message, Place, ReadState } from "@/api/types";
import { conversationOf, threadKey, useConversations } from "./conversations";
import { compare } from "./timeline";

/** Where counting stops; the number stands for more. */
export const MANY = 100;

const LOOK_MS = 400;
const OWN_KEPT = 500;
const LAST = "~"; // behind every id

interface Reads {
  /** Whether it is known, or can't be known now, where reading goes on. */
  isLoaded: boolean;
  /** The user's own id. */
  me: string | null;
  rows: Readonly<Record<string, ReadState>>;
}

/** What the user has not read, by channel: as the server knows it, and as it has gone on here since. */
export const useReads = create<Reads>(() => ({ isLoaded: false, me: null, rows: {} }));

/** What was read here and the server does not know yet: the last message, by conversation. */
export const untold = new Map<string, Message>();

/** What the server last told by itself, by channel: what it was asked for before may be older. */
const heardOf = new Map<string, ReadState>();

/** What was counted here and the server had not counted when it was last asked, by channel. */
const counted = new Map<string, readonly Message[]>();
const own = new Set<string>();
const looks = new Map<string, ReturnType<typeof setTimeout>>();

/** Loads what is unread anywhere. */
export async function loadReads(): Promise<void> {
  const before = new Map(heardOf);
  try {
    for (const row of await loadUnread()) takeAnswer(row, before.get(row.channel_id));
  } finally {
    useReads.setState({ isLoaded: true });
  }
}

/** Takes over what the server tells by itself, which comes in the order in which it happened. */
export function hearRead(row: ReadState): void {
  heardOf.set(row.channel_id, row);
  takeRead(row);
}

/** Asks the server about a channel, and takes over its answer unless it has told something else since. */
export async function askRead(channelId: string, ask: () => Promise<ReadState>): Promise<void> {
  const before = heardOf.get(channelId);
  takeAnswer(await ask(), before);
}

function takeAnswer(row: ReadState, before: ReadState | undefined): void {
  const heard = heardOf.get(row.channel_id);
  if (heard === before || JSON.stringify(heard) === JSON.stringify(row)) takeRead(row);
  else lookSoon(row.channel_id);
}

/** Takes over what the server knows, and what was said and read here meanwhile. */
export function takeRead(row: ReadState): void {
  const later = (counted.get(row.channel_id) ?? []).filter((message) => isLater(message, row));
  counted.set(row.channel_id, later);
  useReads.setState(({ rows }) => ({ me: row.user_id, rows: { ...rows, [row.channel_id]: row } }));
  for (const message of later) add(row.channel_id, message);
  for (const message of untold.values()) if (message.channel_id === row.channel_id) readHere(message);
}

/** Loads what is unread in a channel, once for many reasons that come together. */
export function lookSoon(channelId: string): void {
  if (looks.has(channelId)) return;
  const look = (): void => {
    looks.delete(channelId);
    const path = { channel_id: channelId };
    const ask = (): Promise<ReadState> => body(api.GET("/api/channels/{channel_id}/read", { params: { path } }));
    askRead(channelId, ask).catch(() => undefined); // until the next reason
  };
  looks.set(channelId, setTimeout(look, LOOK_MS));
}

/** Counts a message that somebody else has just written. */
export function count(message: Message): void {
  const row = useReads.getState().rows[message.channel_id];
  // Of two messages at the same moment the earlier may come last: only the server knows what it has counted.
  if (row === undefined || message.thread_id !== null || !isLater(message, row)) return lookSoon(message.channel_id);
  counted.set(row.channel_id, [...(counted.get(row.channel_id) ?? []), message]);
  add(row.channel_id, message);
}

function add(channelId: string, message: Message): void {
  const row = useReads.getState().rows[channelId];
  if (row === undefined) return;
  change(channelId, {
    unread_count: Math.min(row.unread_count + 1, MANY),
    has_answer: row.has_answer || own.has(message.reply_to_id ?? ""),
  });
}

function isLater(message: Message, { newest_at: newest }: ReadState): boolean {
  return newest === null || compare(message, { created_at: newest, id: LAST }) > 0;
}

/** Whether a message is the user's. */
export function isOwn({ author }: Message): boolean {
  const { me } = useReads.getState();
  return author.kind === "user" && (me === null || author.id === me);
}

/** Remembers a message of the user, to know the answers to it. */
export function noteOwn(message: Message): void {
  own.add(message.id);
  if (own.size > OWN_KEPT) own.delete([...own][0] ?? "");
}

/** Notes that a conversation is read up to a message. */
export function readHere(last: Message): void {
  const row = useReads.getState().rows[last.channel_id];
  if (row === undefined) return;
  const unread_count = behind(last);
  if (last.thread_id === null) {
    counted.set(row.channel_id, (counted.get(row.channel_id) ?? []).filter((message) => compare(message, last) > 0));
    const has_answer = unread_count > 0 && row.has_answer;
    change(row.channel_id, { last_read: placeOf(last), unread_count, has_answer });
    return;
  }
  const threads = row.threads
    .map((thread) => (thread.thread_id === last.thread_id ? { ...thread, last_read: placeOf(last), unread_count } : thread))
    .filter((thread) => thread.unread_count > 0);
  change(row.channel_id, { threads });
}

/** Notes that all of a channel is read. */
export function allReadHere(channelId: string): void {
  counted.delete(channelId);
  change(channelId, { unread_count: 0, has_answer: false, threads: [] });
}

/** Returns how much of a channel and its threads is unread. */
export function unreadIn(row: ReadState | undefined): number {
  return row?.threads.reduce((sum, thread) => sum + thread.unread_count, row.unread_count) ?? 0;
}

/** What is unread in a conversation, and where it begins. */
export function unreadOf(key: string, rows: Reads["rows"]): { count: number; lastRead: Place | null } {
  const row = rows[key];
  if (row) return { count: row.unread_count, lastRead: row.last_read };
  for (const { threads } of Object.values(rows)) {
    const thread = threads.find(({ thread_id: id }) => threadKey(id) === key);
    if (thread) return { count: thread.unread_count, lastRead: thread.last_read };
  }
  return { count: 0, lastRead: null };
}

export function useUnreadReplies(channelId: string, rootId: string): number {
  return useReads(({ rows }) => rows[channelId]?.threads.find(({ thread_id: id }) => id === rootId)?.unread_count ?? 0);
}

export const placeOf = (message: Message): Place => ({ message_id: message.id, at: message.created_at });

/** Returns whether a message stands behind a place. */
export function isBehind(message: Message, place: Place): boolean {
  return compare(message, { created_at: place.at, id: place.message_id }) > 0;
}

/** Returns how many messages of others are loaded behind a message. */
function behind(last: Message): number {
  const messages = useConversations.getState()[conversationOf(last)]?.messages ?? [];
  return messages.filter((message) => compare(message, last) > 0 && !isOwn(message)).length;
}

function change(channelId: string, changes: Partial<ReadState>): void {
  useReads.setState(({ rows }) => {
    const row = rows[channelId];
    return row === undefined ? {} : { rows: { ...rows, [channelId]: { ...row, ...changes } } };
  });
}
