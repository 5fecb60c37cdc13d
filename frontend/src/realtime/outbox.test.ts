import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { message } from "@/test/messages";
import { useConversations } from "./conversations";
import { confirm, discard, send, sendAgain, useOutbox } from "./outbox";

interface Call {
  content: string;
  client_id: string;
  answer: (response: Response) => void;
  fail: () => void;
}

// The wire alone is scripted; everything of ours behind it is real.
let calls: Call[];

beforeEach(() => {
  calls = [];
  useOutbox.setState([], true);
  useConversations.setState(
    { c1: { messages: [], state: "ready", error: null, older: null, newer: null, isLoadingMore: false, around: undefined, isTargetGone: false } },
    true,
  );
  vi.stubGlobal("fetch", async (request: Request) => {
    const { content, client_id } = (await request.json()) as { content: string; client_id: string };
    return new Promise<Response>((resolve, reject) => {
      calls.push({ content, client_id, answer: resolve, fail: () => reject(new TypeError("fetch failed")) });
    });
  });
});
afterEach(() => vi.unstubAllGlobals());

const states = (): string[] => useOutbox.getState().map(({ content, state }) => `${content}: ${state}`);
const shown = (): string[] => useConversations.getState()["c1"]?.messages.map(({ content }) => content) ?? [];
const called = (count: number): Promise<void> => vi.waitFor(() => expect(calls).toHaveLength(count));

function accept(call: Call | undefined): void {
  const { content, client_id } = call ?? { content: "", client_id: "" };
  call?.answer(Response.json({ ...message({ content, client_id }), tasks: [] }, { status: 201 }));
}

test("a message is shown at once as sending, then as the server's", async () => {
  send("c1", null, "hello");
  expect(states()).toEqual(["hello: sending"]);
  await called(1);
  accept(calls[0]);
  await vi.waitFor(() => expect(states()).toEqual([]));
  expect(shown()).toEqual(["hello"]);
});

test("messages of a channel are sent one after the other", async () => {
  send("c1", null, "first");
  send("c1", null, "second");
  await called(1);
  expect(calls.map(({ content }) => content)).toEqual(["first"]);
  accept(calls[0]);
  await called(2);
  accept(calls[1]);
  await vi.waitFor(() => expect(shown()).toEqual(["first", "second"]));
});

test("one that reached nobody waits, and is sent again under its key", async () => {
  send("c1", null, "hello");
  await called(1);
  calls[0]?.fail();
  await vi.waitFor(() => expect(states()).toEqual(["hello: waiting"]));
  sendAgain(calls[0]?.client_id ?? "");
  await called(2);
  expect(calls[1]?.client_id).toBe(calls[0]?.client_id);
  accept(calls[1]);
  await vi.waitFor(() => expect(shown()).toEqual(["hello"]));
});

test("what waits goes out in its order when the server can be reached, before what is written then", async () => {
  for (const [at, text] of ["first", "second"].entries()) {
    send("c1", null, text);
    if (at === 0) await called(1);
  }
  calls[0]?.fail();
  await called(2);
  calls[1]?.fail();
  await vi.waitFor(() => expect(states()).toEqual(["first: waiting", "second: waiting"]));
  send("c1", null, "third");
  for (const at of [2, 3, 4]) {
    await called(at + 1);
    accept(calls[at]);
  }
  await vi.waitFor(() => expect(shown()).toEqual(["first", "second", "third"]));
  expect(new Set(calls.map(({ client_id: id }) => id)).size).toBe(3);
  expect(states()).toEqual([]);
});

test("a refusal is told in the server's words and holds nothing back", async () => {
  send("c1", null, "bad");
  send("c1", null, "good");
  await called(1);
  const problem = { type: "", title: "", status: 409, code: "channel_archived", detail: "The channel is archived.", errors: [] };
  calls[0]?.answer(Response.json(problem, { status: 409 }));
  await called(2);
  expect(useOutbox.getState()[0]?.error).toBe("The channel is archived.");
  accept(calls[1]);
  await vi.waitFor(() => expect(states()).toEqual(["bad: failed"]));
});

test("the event that outruns the answer doubles nothing", async () => {
  send("c1", null, "hello");
  await called(1);
  confirm({ client_id: calls[0]?.client_id ?? null });
  expect(states()).toEqual([]);
  accept(calls[0]);
  await vi.waitFor(() => expect(shown()).toEqual(["hello"]));
  expect(states()).toEqual([]);
});

test("one that is discarded is gone", async () => {
  send("c1", null, "hello");
  await called(1);
  calls[0]?.fail();
  await vi.waitFor(() => expect(states()).toEqual(["hello: waiting"]));
  discard(calls[0]?.client_id ?? "");
  expect(states()).toEqual([]);
});
