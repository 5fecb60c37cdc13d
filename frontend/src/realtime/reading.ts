import { useEffect, useState } from "react";
import { create } from "zustand";
import { api, body } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { Message, Place, ReadUpdate } from "@/api/types";
import { conversationOf, threadKey, useConversations } from "./conversations";
import { allReadHere, askRead, count, isBehind, isOwn, lookSoon, noteOwn, placeOf, readHere, unreadIn, unreadOf, untold, useReads } from "./reads";

const TELL_MS = 400;
// Well within a page of messages, of which some are the user's own.
const FAR_BEHIND = 20;
const BEFORE_ALL: Place = { message_id: "", at: "0001-01-01T00:00:00Z" };

/** Where the new messages of a conversation begin, if that has changed since it was opened. */
const useDividers = create<Readonly<Record<string, Place | null>>>(() => ({}));

/** Conversations whose end is in view, with their last message. */
const ends = new Map<string, Message>();
const openOnes = new Set<string>();
/** Conversations made unread on purpose: until they are left, seeing their end says nothing. */
const kept = new Set<string>();
/** The message up to which the server was told, by conversation. */
const told = new Map<string, string>();
let telling: ReturnType<typeof setTimeout> | undefined;
/** What the server is being told: what the user says on purpose comes after it, as the last word. */
let underWay: Promise<unknown> = Promise.resolve();

interface Reading {
  /** Behind which the new messages begin; null when there are none. */
  divider: Place | null;
  /** The message to open at; undefined for the end. */
  openAt: string | undefined;
}

/** Notes that a conversation is open, and returns where reading goes on in it. */
export function useReading(key: string): Reading {
  const [opening] = useState<Reading>(() => {
    const { count: unread, lastRead } = unreadOf(key, useReads.getState().rows);
    return { divider: beginOfNew(key), openAt: unread > FAR_BEHIND ? lastRead?.message_id : undefined };
  });
  const moved = useDividers((all) => all[key]);
  useEffect(() => enter(key), [key]);
  return moved === undefined ? opening : { ...opening, divider: moved };
}

function beginOfNew(key: string): Place | null {
  const { count: unread, lastRead } = unreadOf(key, useReads.getState().rows);
  if (unread === 0) return null;
  // Where nothing was ever read, the first of many may not be loaded.
  return lastRead ?? (unread > FAR_BEHIND ? null : BEFORE_ALL);
}

/** Says that the end of a conversation is in view, up to its last finished message, or no longer is. */
export function endSeen(key: string, last: Message | null): void {
  const before = ends.get(key);
  if (last === null) {
    ends.delete(key);
    // An answer that was under way when it was left is new when it is done.
    const newest = useConversations.getState()[key]?.messages.at(-1);
    if (before && newest && isBehind(newest, placeOf(before))) lookSoon(before.channel_id);
    return;
  }
  ends.set(key, last);
  if (isAttentive()) seen(key, last);
}

/** Notes a message that has just been said. */
export function heard(message: Message): void {
  if (isOwn(message)) return noteOwn(message);
  const key = conversationOf(message);
  if (ends.has(key) && isAttentive() && !kept.has(key)) return; // whoever shows it says that it is seen
  const unread = unreadOf(key, useReads.getState().rows);
  const last = ends.get(key);
  if (openOnes.has(key) && unread.count === 0) divide(key, last ? placeOf(last) : unread.lastRead);
  count(message);
}

/** Makes a message, and what follows it, new again. */
export async function markUnread(message: Message): Promise<void> {
  const key = conversationOf(message);
  kept.add(key);
  untold.delete(key);
  await inTurn(() => put(message.channel_id, { message_id: message.id, unread: true }));
  divide(key, beginOfNew(key));
}

/** Marks a channel and its threads as read. */
export async function markAllRead(channelId: string): Promise<void> {
  const row = useReads.getState().rows[channelId];
  kept.delete(channelId);
  if (openOnes.has(channelId)) divide(channelId, null);
  if (unreadIn(row) === 0) return;
  for (const { thread_id: id } of row?.threads ?? []) if (openOnes.has(threadKey(id))) divide(threadKey(id), null);
  allReadHere(channelId);
  await inTurn(() => put(channelId, {}));
}

/** Goes on where the user has come back to the page, and tells what was read when they leave it. */
export function watchAttention(): void {
  window.addEventListener("pagehide", () => void tellRead());
  window.addEventListener("focus", goOn);
  document.addEventListener("visibilitychange", goOn);
}

/** Tells the server what was read here. */
export async function tellRead(): Promise<void> {
  clearTimeout(telling);
  telling = undefined;
  const tellings = Promise.all([...untold].map(([key, message]) => tell(key, message)));
  underWay = Promise.all([underWay, tellings]);
  await tellings;
}

async function inTurn(work: () => Promise<void>): Promise<void> {
  const made = underWay.then(work);
  underWay = made.catch(() => undefined); // told to whoever asked for it
  await made;
}

function goOn(): void {
  if (isAttentive()) for (const [key, last] of ends) seen(key, last);
}

function enter(key: string): () => void {
  openOnes.add(key);
  return () => {
    openOnes.delete(key);
    kept.delete(key);
    endSeen(key, null);
    useDividers.setState(({ [key]: _gone, ...others }) => others, true);
  };
}

function seen(key: string, last: Message): void {
  if (kept.has(key) || untold.get(key)?.id === last.id || isKnown(key, last)) return;
  untold.set(key, last);
  readHere(last);
  telling ??= setTimeout(() => void tellRead(), TELL_MS);
}

/** Whether telling that a conversation is read up to a message would change nothing. */
function isKnown(key: string, last: Message): boolean {
  const { count: unread, lastRead } = unreadOf(key, useReads.getState().rows);
  if (unread > 0) return false;
  // Of a thread without news only this page knows; a thread is followed from its first reading on.
  if (last.thread_id !== null) return told.get(key) === last.id;
  return lastRead !== null && (isOwn(last) || !isBehind(last, lastRead));
}

async function tell(key: string, message: Message): Promise<void> {
  const onDone = (): void => {
    told.set(key, message.id);
    if (untold.get(key) === message) untold.delete(key);
  };
  try {
    await put(message.channel_id, { message_id: message.id }, onDone);
  } catch (error) {
    // What can't be told now is told when the connection is back.
    if (!(error instanceof ApiError && error.isPassing) && untold.get(key) === message) untold.delete(key);
  }
}

/** Tells the server, and takes over what it says then; kept alive, it is told even when the page is being closed. */
function put(channelId: string, update: ReadUpdate, onDone?: () => void): Promise<void> {
  const params = { path: { channel_id: channelId } };
  return askRead(channelId, async () => {
    const row = await body(api.PUT("/api/channels/{channel_id}/read", { params, body: update, keepalive: true }));
    onDone?.();
    return row;
  });
}

function divide(key: string, place: Place | null): void {
  useDividers.setState({ [key]: place });
}

/** Whether the user looks at the page. */
function isAttentive(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
