import { create } from "zustand";
import { api, body } from "@/api/client";
import { ApiError, sentence, UNREACHABLE } from "@/api/problem";
import type { FileInfo, Message } from "@/api/types";
import { put } from "./conversations";
import { keep, load } from "./stored";
import { putTask } from "./tasks";

/** A message of the user that the server has not confirmed. */
export interface Outgoing {
  clientId: string;
  channelId: string;
  threadId: string | null;
  content: string;
  files: readonly FileInfo[];
  /** One that is waiting reached nobody; it goes out by itself when the server can be reached. */
  state: "sending" | "waiting" | "failed";
  error: string | null;
  createdAt: string;
}

// What was under way when the page was closed may have arrived: its key makes sending it again safe.
const kept = load<Outgoing[]>("outbox", [], "tab").map((entry) =>
  failed({ ...entry, files: entry.files ?? [] }, "The page was closed before it was sent."),
);

export const useOutbox = create<readonly Outgoing[]>(() => kept);

useOutbox.subscribe((entries) => keep("outbox", entries, "tab"));

const RETRY_MS = 5_000;

const lines = new Map<string, Promise<void>>();
const queued = new Set<string>();
let retry: ReturnType<typeof setTimeout> | undefined;

/** Sends a message after those before it in its channel. It is shown at once. */
export function send(channelId: string, threadId: string | null, content: string, files: readonly FileInfo[] = []): void {
  const entry: Outgoing = {
    clientId: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`,
    channelId,
    threadId,
    content,
    files,
    state: "sending",
    error: null,
    createdAt: new Date().toISOString(),
  };
  sendWaiting(); // what was written before goes out before
  useOutbox.setState((entries) => [...entries, entry], true);
  enqueue(entry);
}

export function sendAgain(clientId: string): void {
  const entry = useOutbox.getState().find((other) => other.clientId === clientId);
  if (entry === undefined || entry.state === "sending") return;
  change(clientId, (known) => ({ ...known, state: "sending", error: null }));
  enqueue(entry);
}

/** Tries again to send what reached nobody, in the order in which it was written. */
export function sendWaiting(): void {
  clearTimeout(retry);
  retry = undefined;
  for (const entry of useOutbox.getState()) if (entry.state === "waiting") enqueue(entry);
}

export function discard(clientId: string): void {
  useOutbox.setState((entries) => entries.filter((entry) => entry.clientId !== clientId), true);
}

/** Takes away what a message of the server stands for. */
export function confirm(message: Pick<Message, "client_id">): void {
  if (useOutbox.getState().some((entry) => entry.clientId === message.client_id)) {
    discard(message.client_id ?? "");
  }
}

function enqueue(entry: Outgoing): void {
  if (queued.has(entry.clientId)) return;
  queued.add(entry.clientId);
  const before = lines.get(entry.channelId) ?? Promise.resolve();
  lines.set(entry.channelId, before.then(() => post(entry)).finally(() => queued.delete(entry.clientId)));
}

async function post(entry: Outgoing): Promise<void> {
  try {
    const { tasks, ...message } = await body(
      api.POST("/api/channels/{channel_id}/messages", {
        params: { path: { channel_id: entry.channelId } },
        body: {
          content: entry.content,
          thread_id: entry.threadId,
          client_id: entry.clientId,
          ...(entry.files.length > 0 && { file_ids: entry.files.map(({ id }) => id) }),
        },
      }),
    );
    for (const task of tasks) putTask(task);
    put(message, true);
    discard(entry.clientId);
  } catch (error) {
    if (error instanceof ApiError && error.code === UNREACHABLE) wait(entry.clientId);
    else change(entry.clientId, (known) => failed(known, sentence(error)));
  }
}

function wait(clientId: string): void {
  change(clientId, (known) => ({ ...known, state: "waiting" }));
  retry ??= setTimeout(sendWaiting, RETRY_MS);
}

function failed(entry: Outgoing, error: string): Outgoing {
  return entry.state === "failed" ? entry : { ...entry, state: "failed", error };
}

function change(clientId: string, next: (entry: Outgoing) => Outgoing): void {
  useOutbox.setState(
    (entries) => entries.map((entry) => (entry.clientId === clientId ? next(entry) : entry)),
    true,
  );
}
