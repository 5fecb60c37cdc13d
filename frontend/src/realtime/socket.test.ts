import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { message } from "@/test/messages";

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

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  wire.joins.length = 0;
  wire.socket.connected = false;
  wire.socket.answer = () => ({ ok: true, event_id: 5, refetch: false, replayed: 0 });
  listed = () => Response.json([]);
  vi.stubGlobal("fetch", async () => listed());
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function start(): Promise<typeof import("./socket") & typeof import("./unread") & typeof import("./conversations")> {
  const parts = { ...(await import("./socket")), ...(await import("./unread")), ...(await import("./conversations")) };
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
  const { useUnread } = await start();
  await goOnline();
  const event = fromAgent(9);
  tell("message_sent", event);
  tell("message_sent", event);
  expect(useUnread.getState()["c1"]?.count).toBe(1);
});

test("what arrives where the user reads is not unread", async () => {
  const { useUnread, setReading } = await start();
  await goOnline();
  setReading("c1");
  vi.spyOn(document, "hasFocus").mockReturnValue(true);
  tell("message_sent", fromAgent(9));
  tell("message_sent", fromAgent(10, "c2"));
  expect(useUnread.getState()["c1"]?.count).toBe(0);
  expect(useUnread.getState()["c2"]?.count).toBe(1);
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
