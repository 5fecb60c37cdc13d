import { io, type Socket } from "socket.io-client";
import { create } from "zustand";
import { channelsQuery, queryClient } from "@/api/queries";
import type { Channel } from "@/api/types";
import { forgetAgents, noteAgent, notePerson } from "./activity";
import { drop, put, refetch, reopen, summarize } from "./conversations";
import { advance, cursorOf, rewind } from "./cursors";
import type { Answer, ClientEvents, MessageDelta, MessageSent, ServerEvents } from "./events";
import { agentsChanged, listsMissed, membersChanged, providersInDoubt } from "./lists";
import { liveTexts } from "./liveText";
import { confirm, sendWaiting } from "./outbox";
import { heard, tellRead, watchAttention } from "./reading";
import { hearRead, loadReads, lookSoon, unreadIn, useReads } from "./reads";
import { loadRecentTasks, putTask } from "./tasks";
import { dropWorkflow, progressed, putWorkflow } from "./workflows";

const ACK_MS = 10_000;
const JOINS_AT_ONCE = 32;

export type Connection = "connecting" | "online" | "offline";

export const useConnection = create<{ state: Connection }>(() => ({ state: "connecting" }));

let socket: Socket<ServerEvents, ClientEvents> | null = null;
const rooms = new Set<string>();
let reading: string | null = null;

/** Opens the one socket of the page, and keeps it open. */
export function connect(): void {
  if (socket !== null) return;
  socket = io({
    path: "/socket.io",
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 3_000,
  });
  window.addEventListener("online", reconnect);
  socket.on("connect", onConnect);
  socket.on("disconnect", () => useConnection.setState({ state: "offline" }));
  socket.on("connect_error", () => useConnection.setState({ state: "offline" }));
  socket.on("message_sent", onSent);
  socket.on("message_updated", (event) => {
    advance(event.channel_id, event.event_id);
    put(event.message, false);
  });
  socket.on("message_deleted", (event) => {
    advance(event.channel_id, event.event_id);
    drop(event.id);
    if (event.thread) summarize(event.channel_id, event.thread);
    if (unreadIn(useReads.getState().rows[event.channel_id]) > 0) lookSoon(event.channel_id);
  });
  socket.on("task_updated", (event) => {
    advance(event.channel_id, event.event_id);
    putTask(event.task);
    if (event.task.status === "failed") providersInDoubt();
  });
  socket.on("channel_updated", (event) => onChannel(event.channel));
  socket.on("members_updated", (event) => {
    advance(event.channel_id, event.event_id);
    membersChanged(event.channel_id);
  });
  socket.on("workflow_updated", (event) => {
    advance(event.channel_id, event.event_id);
    putWorkflow(event.workflow);
  });
  socket.on("workflow_progress", (event) => {
    advance(event.channel_id, event.event_id);
    progressed(event);
  });
  socket.on("workflow_deleted", (event) => {
    advance(event.channel_id, event.event_id);
    dropWorkflow(event.workflow_id);
  });
  socket.on("agent_updated", agentsChanged);
  socket.on("agent_deleted", agentsChanged);
  socket.on("message_delta", onDelta);
  socket.on("agent_typing", noteAgent);
  socket.on("user_typing", notePerson);
  socket.on("channel_read", hearRead);
  watchAttention();
  readsMissed();
}

/** Listens to these channels, and only to these. */
export function follow(channelIds: readonly string[]): void {
  const wanted = new Set(channelIds);
  for (const id of rooms) {
    if (wanted.has(id)) continue;
    rooms.delete(id);
    if (socket?.connected) socket.emit("leave_channel", { channel_id: id });
  }
  const added = [...wanted].filter((id) => !rooms.has(id));
  for (const id of added) rooms.add(id);
  if (socket?.connected && added.length > 0) void joinAll(added).then(readsMissed);
}

/** Says which channel the user is in; its room is entered first. */
export function setReading(channelId: string | null): void {
  reading = channelId;
}

export function tellTyping(channelId: string): void {
  if (socket?.connected) socket.volatile.emit("typing", { channel_id: channelId });
}

/** Tries at once instead of at the end of the wait. */
export function reconnect(): void {
  useConnection.setState({ state: "connecting" });
  socket?.disconnect().connect();
}

function onConnect(): void {
  useConnection.setState({ state: "online" });
  sendWaiting();
  forgetAgents();
  if (rooms.size > 0) void joinAll([...rooms]).then(readsMissed);
  listsMissed();
  loadRecentTasks().catch(() => undefined); // shown as idle until the next event
}

/** Loads what was read or written elsewhere, after telling what was read here. */
function readsMissed(): void {
  tellRead().then(loadReads).catch(() => undefined); // counting goes on from what is known
}

/** Enters rooms, the one that is read first, a few at a time: the server refuses a flood. */
async function joinAll(channelIds: readonly string[]): Promise<void> {
  const ordered = channelIds.toSorted((a, b) => Number(b === reading) - Number(a === reading));
  for (let at = 0; at < ordered.length; at += JOINS_AT_ONCE) {
    await Promise.all(ordered.slice(at, at + JOINS_AT_ONCE).map(join));
  }
}

async function join(channelId: string): Promise<void> {
  if (!socket?.connected || !rooms.has(channelId)) return;
  const last = cursorOf(channelId);
  const command = last === undefined ? { channel_id: channelId } : { channel_id: channelId, last_event_id: last };
  try {
    // Behind a time limit the library's types know nothing of the answer.
    const answer: Answer<"join_channel"> = await socket.timeout(ACK_MS).emitWithAck("join_channel", command);
    if (!answer.ok) {
      const seconds = answer.error.retry_after;
      if (seconds) setTimeout(() => void join(channelId), seconds * 1_000);
      return;
    }
    const isCountedAnew = last !== undefined && answer.event_id < last;
    if (isCountedAnew) rewind(channelId);
    advance(channelId, answer.event_id);
    if (last === undefined || answer.refetch || isCountedAnew) await reopen(channelId);
  } catch {
    if (socket.connected) socket.disconnect().connect(); // a room that was not entered would stay silent
  }
}

function onSent(event: MessageSent): void {
  const isNews = advance(event.channel_id, event.event_id);
  const { message } = event;
  confirm(message);
  put(message, true);
  if (event.thread) summarize(event.channel_id, event.thread);
  if (isNews) heard(message);
}

function onDelta(delta: MessageDelta): void {
  if (liveTexts.add(delta) !== "gap") return;
  refetch(delta.message_id).catch(() => undefined); // the next piece shows the gap again
}

function onChannel(channel: Channel): void {
  queryClient.setQueryData(channelsQuery.queryKey, (known) => {
    if (known === undefined) return known;
    const others = known.filter((other) => other.id !== channel.id);
    if (channel.archived_at !== null) return others;
    const at = known.findIndex((other) => other.id === channel.id);
    return at === -1 ? [...known, channel] : known.with(at, channel);
  });
}
