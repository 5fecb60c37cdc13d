import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Message, ReadState } from "@/api/types";
import { message, readState } from "@/test/messages";
import { put, threadKey, useConversations } from "./conversations";
import { endSeen, heard, markAllRead, markUnread, tellRead, useReading } from "./reading";
import { allReadHere, hearRead, isBehind, loadReads, takeRead, unreadIn, untold, useReads } from "./reads";

const agent = { kind: "agent" as const, id: "a1", name: "Backend" };

interface Told {
  message_id?: string;
  unread?: boolean;
}

// The wire alone is scripted: what the server is told, and what it answers.
let told: Told[];
let answer: (body: Told) => Response | Promise<Response>;
let looked: () => ReadState;
let isFocused: boolean;

beforeEach(() => {
  told = [];
  answer = () => Response.json(readState());
  looked = readState;
  isFocused = true;
  untold.clear();
  allReadHere("c1");
  useReads.setState({ isLoaded: true, me: "me", rows: { c1: readState() } });
  useConversations.setState(
    { c1: { messages: [], state: "ready", error: null, older: null, newer: null, isLoadingMore: false, around: undefined, isTargetGone: false } },
    true,
  );
  vi.spyOn(document, "hasFocus").mockImplementation(() => isFocused);
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method !== "PUT") return Response.json(looked());
    const body = (await request.json()) as Told;
    told.push(body);
    return answer(body);
  });
});
afterEach(() => {
  endSeen("c1", null);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Lets a message arrive, as the socket does. */
function arrive(change: Partial<Message> = {}): Message {
  const said = message({ author: agent, ...change });
  put(said, true);
  heard(said);
  return said;
}
const unread = (): number => unreadIn(useReads.getState().rows["c1"]);
const upTo = ({ id, created_at }: Message): ReadState["last_read"] => ({ message_id: id, at: created_at });

test("what others say is counted, up to where counting stops; what one says oneself is not", () => {
  arrive({ author: { kind: "user", id: "me", name: "You" } });
  expect(unread()).toBe(0);
  arrive({ author: { kind: "user", id: "ada", name: "Ada" } });
  for (let more = 0; more < 120; more += 1) arrive();
  expect(unread()).toBe(100);
});

test("what the server may have counted already is asked for, not counted again", async () => {
  const [late, known, fresh] = [message({ author: agent }), message({ author: agent }), message({ author: agent })];
  takeRead(readState({ unread_count: 1, newest_at: known.created_at }));
  heard(known);
  expect(unread()).toBe(1);
  heard(fresh);
  expect(unread()).toBe(2);
  looked = () => readState({ unread_count: 3, newest_at: fresh.created_at });
  heard(late); // written earlier, and told later
  expect(unread()).toBe(2);
  await vi.waitFor(() => expect(unread()).toBe(3));
});

test("what is heard while the server is asked is not lost by its answer", () => {
  const [known, fresh] = [message({ author: agent }), message({ author: agent })];
  heard(known);
  heard(fresh);
  takeRead(readState({ unread_count: 1, newest_at: known.created_at }));
  expect(unread()).toBe(2);
  takeRead(readState({ unread_count: 2, newest_at: fresh.created_at }));
  expect(unread()).toBe(2);
});

test("an answer to the user is told from other talk", () => {
  const asked = arrive({ author: { kind: "user", id: "me", name: "You" } });
  arrive();
  expect(useReads.getState().rows["c1"]?.has_answer).toBe(false);
  arrive({ reply_to_id: asked.id });
  expect(useReads.getState().rows["c1"]?.has_answer).toBe(true);
});

test("what is seen is read at once, and the server is told of the last of it", async () => {
  const said = [arrive(), arrive(), arrive()];
  for (const one of said) endSeen("c1", one);
  expect(unread()).toBe(0);
  await tellRead();
  expect(told).toEqual([{ message_id: said[2]?.id }]);
  const more = arrive();
  expect(unread()).toBe(0); // whoever shows it says so
  endSeen("c1", more);
  await tellRead();
  expect(told).toHaveLength(2);
});

test("what was just read is told when the page is left", async () => {
  const { watchAttention } = await import("./reading");
  watchAttention();
  const said = arrive();
  endSeen("c1", said);
  window.dispatchEvent(new Event("pagehide"));
  await vi.waitFor(() => expect(told).toEqual([{ message_id: said.id }]));
});

test("nothing is read while nobody looks; it is when the user comes back", async () => {
  const { watchAttention } = await import("./reading");
  watchAttention();
  isFocused = false;
  const said = arrive();
  endSeen("c1", said);
  expect(unread()).toBe(1);
  isFocused = true;
  window.dispatchEvent(new Event("focus"));
  expect(unread()).toBe(0);
});

test("what was read without a connection is told later, and not forgotten for what the server knew", async () => {
  const said = arrive();
  answer = () => Response.error();
  endSeen("c1", said);
  await tellRead();
  expect(untold.size).toBe(1);
  takeRead(readState({ unread_count: 1 }));
  expect(unread()).toBe(0);
  answer = () => Response.json(readState({ last_read: upTo(said) }));
  await tellRead();
  expect(untold.size).toBe(0);
  expect(told.map(({ message_id: id }) => id)).toEqual([said.id, said.id]);
});

test("a message that is gone for the server holds nothing back", async () => {
  answer = () => Response.json({ detail: "There is no message.", code: "message_not_found", status: 404 }, { status: 404 });
  endSeen("c1", arrive());
  await tellRead();
  expect(untold.size).toBe(0);
});

test("what was made unread stays so in view of its end, until the channel is left or read on purpose", async () => {
  const { result, unmount } = renderHook(() => useReading("c1"));
  const [first, second] = [arrive(), arrive()];
  endSeen("c1", second);
  answer = () => Response.json(readState({ unread_count: 1, last_read: upTo(first) }));
  await act(() => markUnread(second));
  expect(result.current.divider).toEqual(upTo(first));
  const third = arrive();
  act(() => endSeen("c1", third));
  expect(unread()).toBe(2);
  answer = () => Response.json(readState());
  await act(() => markAllRead("c1"));
  expect(unread()).toBe(0);
  expect(result.current.divider).toBeNull();
  expect(told.at(-1)).toEqual({});
  unmount();
});

test("a conversation opens where reading goes on, and its divider stays while it is open", () => {
  const [first, second] = [message({ author: agent }), message({ author: agent })];
  takeRead(readState({ unread_count: 30, last_read: upTo(first) }));
  const { result, unmount } = renderHook(() => useReading("c1"));
  expect(result.current).toEqual({ divider: upTo(first), openAt: first.id });
  act(() => endSeen("c1", second));
  expect(unread()).toBe(0);
  expect(result.current).toEqual({ divider: upTo(first), openAt: first.id });
  unmount();
  const next = renderHook(() => useReading("c1"));
  expect(next.result.current).toEqual({ divider: null, openAt: undefined });
  next.unmount();
});

test("where nothing was ever read, all is new from the first message on", () => {
  takeRead(readState({ unread_count: 2 }));
  const { result, unmount } = renderHook(() => useReading("c1"));
  const { divider } = result.current;
  expect(divider && isBehind(message({ created_at: "1999-01-01T00:00:00Z" }), divider)).toBe(true);
  unmount();
});

test("what comes while the user is away begins behind what was seen before", () => {
  const { result, unmount } = renderHook(() => useReading("c1"));
  const seen = arrive();
  act(() => endSeen("c1", seen));
  isFocused = false;
  act(() => void arrive());
  act(() => void arrive());
  expect(result.current.divider).toEqual(upTo(seen));
  unmount();
});

test("an answer that is left unfinished is new when it is done", async () => {
  const asked = arrive({ author: { kind: "user", id: "me", name: "You" } });
  endSeen("c1", asked);
  arrive({ status: "streaming" });
  expect(unread()).toBe(0);
  looked = () => readState({ unread_count: 1, has_answer: true });
  endSeen("c1", null);
  await vi.waitFor(() => expect(unread()).toBe(1));
});

test("replies are asked for, since the server knows which threads are followed", async () => {
  const place = { message_id: "root", at: "2026-01-01T00:00:00Z" };
  looked = () => readState({ threads: [{ thread_id: "root", last_read: place, unread_count: 2 }] });
  arrive({ thread_id: "root" });
  arrive({ thread_id: "root" });
  await vi.waitFor(() => expect(unread()).toBe(2));
  const { result, unmount } = renderHook(() => useReading(threadKey("root")));
  expect(result.current.divider).toEqual(place);
  endSeen(threadKey("root"), message({ thread_id: "root" }));
  expect(unread()).toBe(0);
  unmount();
});

test("when nobody answers, the channels open all the same", async () => {
  useReads.setState({ isLoaded: false });
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed")));
  await expect(loadReads()).rejects.toThrow("can't be reached");
  expect(useReads.getState().isLoaded).toBe(true);
});

test("an answer is in doubt once the server has told something else meanwhile", async () => {
  const said = arrive();
  answer = () => {
    hearRead(readState({ unread_count: 1 })); // made unread elsewhere, right after it was read here
    return Response.json(readState({ last_read: upTo(said) }));
  };
  looked = () => readState({ unread_count: 1 });
  endSeen("c1", said);
  await tellRead();
  await vi.waitFor(() => expect(unread()).toBe(1));
  // Likewise of a list that was asked for before.
  looked = () => readState({ unread_count: 3 });
  vi.stubGlobal("fetch", async (request: Request) => {
    if (!new URL(request.url).pathname.endsWith("/read")) {
      hearRead(readState({ unread_count: 3 }));
      return Response.json([readState()]);
    }
    return Response.json(looked());
  });
  await loadReads();
  expect(unread()).toBe(3);
});

test("what is said on purpose is told behind what is being told", async () => {
  const said = arrive();
  endSeen("c1", said);
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  answer = async (body) => {
    if (!body.unread) await gate;
    return Response.json(body.unread ? readState({ unread_count: 1 }) : readState({ last_read: upTo(said) }));
  };
  const seen = tellRead();
  const made = markUnread(said);
  await vi.waitFor(() => expect(told).toHaveLength(1));
  release();
  await Promise.all([seen, made]);
  expect(told).toEqual([{ message_id: said.id }, { message_id: said.id, unread: true }]);
  expect(unread()).toBe(1);
});
