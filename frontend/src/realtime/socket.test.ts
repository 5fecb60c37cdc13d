import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { message, readState } from "@/test/messages";

type Handler = (payload?: unknown) => void;
interface Joined {
  channel_id: string;
  last_event_id?: number;
}

// The wire alone is scripted: a socket whose server is the test.
const wire = vi.hoisted(() => {
  const handlers = new Map<string, Handler>();
  const joins: Joined[] = [];
  const socket = {
    connected: false,
    answer: (_command: Joined): object => ({ ok: true, event_id: 0, refetch: false, replayed: 0 }),
    on: (event: string, handler: Handler) => handlers.set(event, handler),
    emit: () => undefined,
    timeout: () => ({
      emitWithAck: async (_event: string, command: Joined) => {
        joins.push(command);
        return socket.answer(command);
      },
    }),
    connect: () => socket,
    disconnect: () => socket,
  };
  return { handlers, joins, socket };
});
vi.mock("socket.io-client", () => ({ io: () => wire.socket }));

const tell = (event: string, payload?: unknown): void => wire.handlers.get(event)?.(payload);
let listed: () => Response;
let unread: () => Response;

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  wire.joins.length = 0;
  wire.socket.connected = false;
  wire.socket.answer = () => ({ ok: true, event_id: 5, refetch: false, replayed: 0 });
  listed = () => Response.json([]);
  unread = () => Response.json([readState(), readState({ channel_id: "c2" })]);
  vi.stubGlobal("fetch", async (request: Request) => (new URL(request.url).pathname === "/api/unread" ? unread() : listed()));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function start(): Promise<typeof import("./socket") & typeof import("./reads") & typeof import("./conversations")> {
  const parts = { ...(await import("./socket")), ...(await import("./reads")), ...(await import("./conversations")) };
  parts.connect();
  parts.follow(["c1", "c2"]);
  return parts;
}

async function goOnline(): Promise<void> {
  wire.socket.connected = true;
  tell("connect");
  await vi.waitFor(() => expect(wire.joins.length).toBeGreaterThanOrEqual(2));
  await Promise.resolve();
}

function goOffline(): void {
  wire.socket.connected = false;
  tell("disconnect");
  wire.joins.length = 0;
}

const fromAgent = (eventId: number, channelId = "c1"): object => ({
  event_id: eventId,
  channel_id: channelId,
  message: message({ channel_id: channelId, author: { kind: "agent", id: "a1", name: "Backend" } }),
});

test("after a lost connection every room is entered again, from the last event that was seen", async () => {
  const { useConnection } = await start();
  await goOnline();
  expect(wire.joins).toEqual([{ channel_id: "c1" }, { channel_id: "c2" }]);
  tell("message_sent", fromAgent(9));
  goOffline();
  expect(useConnection.getState().state).toBe("offline");
  await goOnline();
  expect(wire.joins).toEqual([{ channel_id: "c1", last_event_id: 9 }, { channel_id: "c2", last_event_id: 5 }]);
  expect(useConnection.getState().state).toBe("online");
});

test("an event that comes twice is counted once", async () => {
  const { useReads } = await start();
  await goOnline();
  await vi.waitFor(() => expect(useReads.getState().isLoaded).toBe(true));
  const event = fromAgent(9);
  tell("message_sent", event);
  tell("message_sent", event);
  expect(useReads.getState().rows["c1"]?.unread_count).toBe(1);
});

test("what was read or written elsewhere meanwhile is loaded after a lost connection", async () => {
  const { useReads } = await start();
  await goOnline();
  await vi.waitFor(() => expect(useReads.getState().isLoaded).toBe(true));
  tell("channel_read", readState({ unread_count: 7 }));
  expect(useReads.getState().rows["c1"]?.unread_count).toBe(7);
  goOffline();
  unread = () => Response.json([readState({ unread_count: 2 }), readState({ channel_id: "c2", unread_count: 4 })]);
  await goOnline();
  await vi.waitFor(() => expect(useReads.getState().rows["c1"]?.unread_count).toBe(2));
  expect(useReads.getState().rows["c2"]?.unread_count).toBe(4);
});

test("a thread's beginning follows what becomes of its replies", async () => {
  const { open, useConversations } = await start();
  await goOnline();
  const root = message();
  listed = () => Response.json([root]);
  await open("c1");
  const shown = (): unknown => useConversations.getState()["c1"]?.messages.map(({ reply_count: count, deleted_at: at }) => [count ?? 0, at !== null]);
  const reply = message({ thread_id: root.id });
  const thread = (reply_count: number): object => ({ id: root.id, reply_count, last_reply_at: reply.created_at });
  tell("message_sent", { event_id: 10, channel_id: "c1", message: reply, thread: thread(2) });
  tell("message_sent", { event_id: 10, channel_id: "c1", message: reply, thread: thread(2) });
  expect(shown()).toEqual([[2, false]]);
  tell("message_deleted", { event_id: 11, channel_id: "c1", id: root.id, thread: null });
  expect(shown()).toEqual([[2, true]]);
  tell("message_deleted", { event_id: 12, channel_id: "c1", id: reply.id, thread: thread(1) });
  expect(shown()).toEqual([[1, true]]);
  tell("message_deleted", { event_id: 13, channel_id: "c1", id: "other", thread: thread(0) });
  expect(shown()).toEqual([]);
});

test("when too much was missed the channel is loaded anew", async () => {
  const { open, useConversations } = await start();
  await goOnline();
  await open("c1");
  const later = message();
  listed = () => Response.json([later]);
  goOffline();
  wire.socket.answer = () => ({ ok: true, event_id: 900, refetch: true, replayed: 0 });
  await goOnline();
  await vi.waitFor(() => expect(useConversations.getState()["c1"]?.messages).toEqual([later]));
});

test("a server that counts anew is not asked for events of the old one", async () => {
  await start();
  await goOnline();
  tell("message_sent", fromAgent(9));
  goOffline();
  wire.socket.answer = () => ({ ok: true, event_id: 2, refetch: false, replayed: 0 });
  await goOnline();
  goOffline();
  await goOnline();
  expect(wire.joins[0]).toEqual({ channel_id: "c1", last_event_id: 2 });
});

test("a room that is refused for now is tried again when the server says", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  await start();
  wire.socket.answer = () => ({ ok: false, error: { code: "rate_limited", retry_after: 2 } });
  await goOnline();
  wire.joins.length = 0;
  wire.socket.answer = () => ({ ok: true, event_id: 5, refetch: false, replayed: 0 });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(wire.joins.map(({ channel_id: id }) => id)).toEqual(["c1", "c2"]);
});

test("a gap in live text loads the message", async () => {
  const { open, useConversations } = await start();
  await goOnline();
  const answer = message({ status: "streaming", content: "" });
  listed = () => Response.json([answer]);
  await open("c1");
  listed = () => Response.json({ ...answer, status: "complete", content: "whole", updated_at: "2027-01-01T00:00:00Z" });
  tell("message_delta", { channel_id: "c1", message_id: answer.id, task_id: "t", attempt: 1, offset: 40, text: "late" });
  await vi.waitFor(() => expect(useConversations.getState()["c1"]?.messages[0]?.content).toBe("whole"));
});

async function watch(path: string, query: { queryKey: readonly unknown[] }): Promise<() => number> {
  const { queryClient } = await import("@/api/queries");
  const { QueryObserver } = await import("@tanstack/react-query");
  let count = 0;
  vi.stubGlobal("fetch", async (request: Request) => {
    if (new URL(request.url).pathname === path) count += 1;
    return listed();
  });
  new QueryObserver(queryClient, query).subscribe(() => undefined);
  await vi.waitFor(() => expect(count).toBe(1));
  return () => count;
}

test("agents are loaded anew after they changed, once for many changes, and after a lost connection", async () => {
  await start();
  const { agentsQuery } = await import("@/api/queries");
  await goOnline();
  const loads = await watch("/api/agents", agentsQuery);
  await vi.waitFor(() => expect(loads()).toBe(2)); // what had changed before the socket was there
  tell("agent_updated", { event_id: 7, agent_id: "a1" });
  tell("agent_deleted", { event_id: 8, agent_id: "a2" });
  await vi.waitFor(() => expect(loads()).toBe(3));
  goOffline();
  await goOnline();
  await vi.waitFor(() => expect(loads()).toBe(4));
});

test("members of a channel are loaded anew after they changed, and the event is not asked for again", async () => {
  await start();
  const { membersQuery } = await import("@/api/queries");
  await goOnline();
  const loads = await watch("/api/channels/c1/members", membersQuery("c1"));
  tell("members_updated", { event_id: 30, channel_id: "c2" });
  tell("members_updated", { event_id: 31, channel_id: "c1" });
  await vi.waitFor(() => expect(loads()).toBe(2));
  goOffline();
  await goOnline();
  expect(wire.joins).toEqual([{ channel_id: "c1", last_event_id: 31 }, { channel_id: "c2", last_event_id: 30 }]);
});
