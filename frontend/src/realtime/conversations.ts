import { create } from "zustand";
import { api, body, page, type Page } from "@/api/client";
import { sentence } from "@/api/problem";
import type { Message } from "@/api/types";
import { liveTexts } from "./liveText";
import { forgetReply, noteReplies } from "./threads";
import { merge, remove, replace, upsert } from "./timeline";

const PAGE = 50;

/** The part of a channel or of a thread that is loaded. */
export interface Conversation {
  messages: readonly Message[];
  state: "loading" | "ready" | "failed";
  error: string | null;
  /** Where older messages go on; null at the beginning. */
  older: string | null;
  /** Where newer ones go on; null when the end is loaded and events may add to it. */
  newer: string | null;
  isLoadingMore: boolean;
  /** The message that it was opened at; undefined for the end. */
  around: string | undefined;
}

type Loaded = Pick<Conversation, "messages" | "older"> & Partial<Conversation>;
type Change = (known: Conversation) => Conversation;

// What happens while a conversation loads may be missing in what comes back.
const loading = new Map<string, Change[]>();

const EMPTY: Conversation = {
  messages: [],
  state: "loading",
  error: null,
  older: null,
  newer: null,
  isLoadingMore: false,
  around: undefined,
};

export const useConversations = create<Record<string, Conversation>>(() => ({}));

export const threadKey = (messageId: string): string => `thread:${messageId}`;

/** Loads the newest messages of a channel or thread, or those around a message. */
export async function open(key: string, around?: string): Promise<void> {
  const held: Change[] = [];
  loading.set(key, held);
  patch(key, (known) => ({ ...known, around, state: known.messages.length > 0 ? known.state : "loading" }));
  try {
    const loaded = around === undefined ? await newest(key) : await surrounding(key, around);
    if (loading.get(key) !== held) return; // opened elsewhere meanwhile
    take(loaded.messages);
    const ready: Conversation = { ...EMPTY, ...loaded, around, state: "ready" };
    patch(key, () => held.reduce((known, change) => change(known), ready));
  } catch (error) {
    const message = sentence(error);
    patch(key, (known) => ({ ...known, state: known.messages.length > 0 ? "ready" : "failed", error: message }));
  } finally {
    if (loading.get(key) === held) loading.delete(key);
  }
}

/** Loads a conversation again as it was opened, if it is loaded at all. */
export async function reopen(key: string): Promise<void> {
  const known = useConversations.getState()[key];
  if (known !== undefined) await open(key, known.around);
}

export async function loadOlder(key: string): Promise<void> {
  await loadMore(key, "older", (cursor) => list(key, { before: cursor }));
}

export async function loadNewer(key: string): Promise<void> {
  await loadMore(key, "newer", (cursor) => list(key, { after: cursor }));
}

/** Puts a message where it belongs, if the conversation is loaded up to there. */
export function put(message: Message, isNew: boolean): void {
  take([message]);
  const key = message.thread_id === null ? message.channel_id : threadKey(message.thread_id);
  patchLoaded(key, (known) => ({
    ...known,
    messages:
      isNew && known.newer === null ? upsert(known.messages, message) : replace(known.messages, message),
  }));
}

export function drop(messageId: string): void {
  liveTexts.forget(messageId);
  forgetReply(messageId);
  for (const key of Object.keys(useConversations.getState())) {
    patchLoaded(key, (known) => ({ ...known, messages: remove(known.messages, messageId) }));
  }
}

function take(messages: readonly Message[]): void {
  for (const message of messages) liveTexts.take(message);
  noteReplies(messages);
}

const refetching = new Set<string>();

/** Loads a message anew, once at a time. */
export async function refetch(messageId: string): Promise<void> {
  if (refetching.has(messageId)) return;
  refetching.add(messageId);
  try {
    const path = { message_id: messageId };
    put(await body(api.GET("/api/messages/{message_id}", { params: { path } })), false);
  } finally {
    refetching.delete(messageId);
  }
}

async function newest(key: string): Promise<Loaded> {
  const { rows, next } = await list(key, {});
  return { messages: rows, older: next };
}

async function surrounding(key: string, around: string): Promise<Loaded> {
  const path = { message_id: around };
  const [before, message, after] = await Promise.all([
    list(key, { before: around }),
    body(api.GET("/api/messages/{message_id}", { params: { path } })),
    list(key, { after: around }),
  ]);
  const messages = [...before.rows, message, ...after.rows];
  return { messages, older: before.next, newer: after.next };
}

async function loadMore(
  key: string,
  side: "older" | "newer",
  load: (cursor: string) => Promise<Page<Message[]>>,
): Promise<void> {
  const known = useConversations.getState()[key];
  const cursor = known?.[side] ?? null;
  if (known === undefined || cursor === null || known.isLoadingMore || loading.has(key)) return;
  patch(key, (now) => ({ ...now, isLoadingMore: true, error: null }));
  try {
    const { rows, next } = await load(cursor);
    take(rows);
    patch(key, (now) => ({
      ...now,
      messages: merge(now.messages, rows),
      [side]: next,
      isLoadingMore: false,
    }));
  } catch (error) {
    patch(key, (now) => ({ ...now, isLoadingMore: false, error: sentence(error) }));
  }
}

function list(key: string, where: { before?: string; after?: string }): Promise<Page<Message[]>> {
  const query = { ...where, limit: PAGE };
  const side = where.after === undefined ? "before" : "after";
  if (!key.startsWith("thread:")) {
    const path = { channel_id: key };
    return page(api.GET("/api/channels/{channel_id}/messages", { params: { path, query } }), side);
  }
  const path = { message_id: key.slice("thread:".length) };
  return page(api.GET("/api/messages/{message_id}/thread", { params: { path, query } }), side);
}

function patch(key: string, change: Change): void {
  useConversations.setState((all) => ({ [key]: change(all[key] ?? EMPTY) }));
}

function patchLoaded(key: string, change: Change): void {
  loading.get(key)?.push(change);
  if (useConversations.getState()[key]?.state === "ready") patch(key, change);
}
