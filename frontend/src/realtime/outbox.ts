import { create } from "zustand";
import { api, body } from "@/api/client";
import { sentence } from "@/api/problem";
import type { Message } from "@/api/types";
import { put } from "./conversations";
import { keep, load } from "./stored";
import { putTask } from "./tasks";

/** A message of the user that the server has not confirmed. */
export interface Outgoing {
  clientId: string;
  channelId: string;
  threadId: string | null;
  content: string;
  state: "sending" | "failed";
  error: string | null;
  createdAt: string;
}

// What was under way when the page was closed may have arrived: its key makes sending it again safe.
const kept = load<Outgoing[]>("outbox", [], "tab").map((entry) => failed(entry, "The page was closed before it was sent."));

export const useOutbox = create<readonly Outgoing[]>(() => kept);

useOutbox.subscribe((entries) => keep("outbox", entries, "tab"));

const lines = new Map<string, Promise<void>>();

/** Sends a message after those before it in its channel. It is shown at once. */
export function send(channelId: string, threadId: string | null, content: string): void {
  const entry: Outgoing = {
    clientId: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`,
    channelId,
    threadId,
    content,
    state: "sending",
    error: null,
    createdAt: new Date().toISOString(),
  };
  useOutbox.setState((entries) => [...entries, entry], true);
  enqueue(entry);
}

export function sendAgain(clientId: string): void {
  const entry = useOutbox.getState().find((other) => other.clientId === clientId);
  if (entry?.state !== "failed") return;
  change(clientId, (known) => ({ ...known, state: "sending", error: null }));
  enqueue(entry);
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
  const before = lines.get(entry.channelId) ?? Promise.resolve();
  lines.set(entry.channelId, before.then(() => post(entry)));
}

async function post(entry: Outgoing): Promise<void> {
  try {
    const { tasks, ...message } = await body(
      api.POST("/api/channels/{channel_id}/messages", {
        params: { path: { channel_id: entry.channelId } },
        body: { content: entry.content, thread_id: entry.threadId, client_id: entry.clientId },
      }),
    );
    for (const task of tasks) putTask(task);
    put(message, true);
    discard(entry.clientId);
  } catch (error) {
    change(entry.clientId, (known) => failed(known, sentence(error)));
  }
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
