import { create } from "zustand";
import { api, body, page, type Page } from "@/api/client";
import { ApiError, sentence } from "@/api/problem";
import type { Message } from "@/api/types";
import { liveTexts } from "./liveText";
import type { ThreadSummary } from "./events";
import { emptied, isOlder, merge, part, remove, replace, upsert, withoutDeleted } from "./timeline";

const PAGE = 50;
// A conversation of any length holds this many messages at most; then those far from what is in view are dropped.
const MOST = 600;
const KEPT_AROUND = 200;
const KEPT_AWAY = 100;
const MOST_AWAY = 30;

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
  /** Whether that message is not there. */
  isTargetGone: boolean;
}

/** What is seen of a conversation. */
interface View {
  first: string;
  last: string;
  isAtEnd: boolean;
}

type Loaded = Pick<Conversation, "messages" | "older"> & Partial<Conversation>;
type Change = (known: Conversation) => Conversation;

// What happens while a conversation loads may be missing in what comes back.
const loading = new Map<string, Change[]>();
/** Of the conversations that are on the page. */
const views = new Map<string, View>();
/** Conversations that were left, the last one at the end. */
const left = new Set<string>();

const EMPTY: Conversation = {
  messages: [],
  state: "loading",
  error: null,
  older: null,
  newer: null,
  isLoadingMore: false,
  around: undefined,
  isTargetGone: false,
};

export const useConversations = create<Record<string, Conversation>>(() => ({}));

export const threadKey = (messageId: string): string => `thread:${messageId}`;

/** Returns the key of the channel or thread that a message stands in. */
export const conversationOf = (message: Message): string =>
  message.thread_id === null ? message.channel_id : threadKey(message.thread_id);

/** Loads the newest messages of a channel or thread, or those around a message. */
export async function open(key: string, around?: string): Promise<void> {
  const held: Change[] = [];
  loading.set(key, held);
  patch(key, (known) => ({ ...known, around, isTargetGone: false, state: known.messages.length > 0 ? known.state : "loading" }));
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

/** Loads a conversation again where it is being read, if it is loaded at all. */
export async function reopen(key: string): Promise<void> {
  const known = useConversations.getState()[key];
  if (known === undefined) return;
  const view = views.get(key);
  await open(key, view === undefined ? known.around : view.isAtEnd ? undefined : view.first);
}

/** Says what is in view. Of a long conversation, what is far from it is dropped, and loaded again when it is wanted. */
export function look(key: string, view: View): void {
  views.set(key, view);
  const known = useConversations.getState()[key];
  if (known !== undefined && known.messages.length > MOST) patch(key, (now) => trimmed(now, view));
}

/** Says that a conversation is no longer on the page. A part far from its end is not worth keeping. */
export function leave(key: string): void {
  views.delete(key);
  left.delete(key);
  left.add(key);
  const known = useConversations.getState()[key];
  if (known === undefined) return;
  if (known.newer === null && known.state === "ready") patch(key, (now) => shortened({ ...now, around: undefined }));
  else forget(key);
  const oldest = left.size > MOST_AWAY ? [...left].find((other) => !views.has(other)) : undefined;
  if (oldest !== undefined) forget(oldest);
}

export async function loadOlder(key: string): Promise<void> {
  await loadMore(key, "older", (cursor) => list(key, { before: cursor }));
}

export async function loadNewer(key: string): Promise<void> {
  await loadMore(key, "newer", (cursor) => list(key, { after: cursor }));
}

type Heard = (messageId: string, change: (known: Message) => Message) => void;

const hearing = new Set<Heard>();

/** Tells of changes of messages, wherever they are shown. */
export function onChange(hear: Heard): void {
  hearing.add(hear);
}

function tell(messageId: string, change: (known: Message) => Message): void {
  for (const hear of hearing) hear(messageId, change);
}

/** Puts a message where it belongs, if the conversation is loaded up to there. */
export function put(message: Message, isNew: boolean): void {
  take([message]);
  tell(message.id, (known) => (isOlder(message, known) ? known : message));
  const key = conversationOf(message);
  patchLoaded(key, (known) => {
    const isAdded = isNew && known.newer === null;
    const messages = isAdded ? upsert(known.messages, message) : replace(known.messages, message);
    const changed = { ...known, messages };
    return messages.length > MOST && !views.has(key) ? shortened(changed) : changed;
  });
}

/** Takes a deleted message away; one whose thread has replies stays without its text. */
export function drop(messageId: string): void {
  liveTexts.forget(messageId);
  tell(messageId, emptied);
  for (const key of Object.keys(useConversations.getState())) {
    patchLoaded(key, (known) => ({ ...known, messages: withoutDeleted(known.messages, messageId) }));
  }
}

/** Takes over how many replies a message has. */
export function summarize(channelId: string, { id, ...summary }: ThreadSummary): void {
  tell(id, (known) => ({ ...known, ...summary }));
  patchLoaded(channelId, (known) => {
    const at = known.messages.findIndex((message) => message.id === id);
    const root = known.messages[at];
    if (root === undefined) return known;
    const isGone = root.deleted_at !== null && summary.reply_count === 0;
    return { ...known, messages: isGone ? remove(known.messages, id) : known.messages.with(at, { ...root, ...summary }) };
  });
}

function take(messages: readonly Message[]): void {
  for (const message of messages) liveTexts.take(message);
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

/** Loads what is around a message, or around where it was, or the newest messages when nobody knows where that is. */
async function surrounding(key: string, around: string): Promise<Loaded> {
  const path = { message_id: around };
  try {
    const [before, message, after] = await Promise.all([
      list(key, { before: around }),
      body(api.GET("/api/messages/{message_id}", { params: { path } })).catch(nullIfGone),
      list(key, { after: around }),
    ]);
    if (message !== null && conversationOf(message) === key) {
      return { messages: [...before.rows, message, ...after.rows], older: before.next, newer: after.next };
    }
    // Of a deleted message with a thread the list still has the place.
    const last = before.rows.at(-1);
    const rest = last === undefined ? after : await list(key, { after: last.id });
    const isTargetGone = !rest.rows.some(({ id }) => id === around);
    return { messages: [...before.rows, ...rest.rows], older: before.next, newer: rest.next, isTargetGone };
  } catch (error) {
    nullIfGone(error);
    return { ...(await newest(key)), isTargetGone: true };
  }
}

function nullIfGone(error: unknown): null {
  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return null;
  throw error;
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

function trimmed(known: Conversation, { first, last }: View): Conversation {
  // What is under way goes on where the list ends now.
  if (known.isLoadingMore) return known;
  const messages = part(known.messages, first, last, KEPT_AROUND);
  const isCutBefore = messages[0] !== known.messages[0];
  const isCutBehind = messages.at(-1) !== known.messages.at(-1);
  return {
    ...known,
    messages,
    older: isCutBefore ? (messages[0]?.id ?? null) : known.older,
    newer: isCutBehind ? (messages.at(-1)?.id ?? null) : known.newer,
  };
}

function shortened(known: Conversation): Conversation {
  if (known.messages.length <= KEPT_AWAY || known.isLoadingMore) return known;
  const messages = known.messages.slice(-KEPT_AWAY);
  return { ...known, messages, older: messages[0]?.id ?? null };
}

function forget(key: string): void {
  left.delete(key);
  useConversations.setState(({ [key]: _gone, ...others }) => others, true);
}

function patch(key: string, change: Change): void {
  useConversations.setState((all) => ({ [key]: change(all[key] ?? EMPTY) }));
}

function patchLoaded(key: string, change: Change): void {
  loading.get(key)?.push(change);
  if (useConversations.getState()[key]?.state === "ready") patch(key, change);
}
