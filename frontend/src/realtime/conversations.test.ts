import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { message } from "@/test/messages";
import type { Message } from "@/api/types";
import { drop, leave, loadNewer, loadOlder, look, open, put, refetch, reopen, threadKey, useConversations } from "./conversations";
import { liveTexts } from "./liveText";

// The wire alone is scripted: each path with its answers, the last of which repeats.
let routes: { path: RegExp; answer: (url: URL) => Response | Promise<Response> }[];

beforeEach(() => {
  routes = [];
  useConversations.setState({}, true);
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url);
    const route = routes.find(({ path }) => path.test(url.pathname + url.search));
    return route?.answer(url) ?? Response.json({ detail: "nothing here", code: "not_found", status: 404 }, { status: 404 });
  });
});
afterEach(() => vi.unstubAllGlobals());

const ids = (key = "c1"): string[] => useConversations.getState()[key]?.messages.map(({ id }) => id) ?? [];

function listing(messages: Message[], next?: string): Response {
  const headers: Record<string, string> = next === undefined ? {} : { Link: `<http://x/api?before=${next}>; rel="next"` };
  return Response.json(messages, { headers });
}

test("what arrives while a channel loads is not lost, and not doubled", async () => {
  const [a, b, c] = [message(), message(), message()];
  const waiting: ((answer: Response) => void)[] = [];
  const answer = (): Promise<Response> => new Promise((resolve) => waiting.push(resolve));
  routes.push({ path: /channels\/c1\/messages/, answer });
  const opened = open("c1");
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  put(b, true);
  put(c, true);
  drop(a.id);
  waiting[0]?.(listing([a, b]));
  await opened;
  expect(ids()).toEqual([b.id, c.id]);
});

test("older messages are loaded by cursor until the beginning", async () => {
  const [a, b, c] = [message(), message(), message()];
  routes.push({ path: /before=cursor1/, answer: () => listing([a, b]) });
  routes.push({ path: /channels\/c1\/messages/, answer: () => listing([c], "cursor1") });
  await open("c1");
  expect(useConversations.getState()["c1"]?.older).toBe("cursor1");
  await Promise.all([loadOlder("c1"), loadOlder("c1")]);
  expect(ids()).toEqual([a.id, b.id, c.id]);
  expect(useConversations.getState()["c1"]?.older).toBeNull();
});

test("in the middle of a channel new messages leave no gap: they wait for the end to be loaded", async () => {
  const [a, b, c] = [message(), message(), message()];
  routes.push({ path: /after=/, answer: () => Response.json([c], { headers: { Link: '<http://x/api?after=more>; rel="next"' } }) });
  routes.push({ path: /before=/, answer: () => listing([a]) });
  routes.push({ path: /messages\/[^/]+$/, answer: () => Response.json(b) });
  await open("c1", b.id);
  put(message(), true);
  expect(ids()).toEqual([a.id, b.id, c.id]);
  put({ ...b, content: "changed", updated_at: "2027-01-01T00:00:00Z" }, false);
  expect(useConversations.getState()["c1"]?.messages[1]?.content).toBe("changed");
});

test("replies go to their thread, not to the channel", async () => {
  routes.push({ path: /./, answer: () => listing([]) });
  await Promise.all([open("c1"), open(threadKey("root"))]);
  const reply = message({ thread_id: "root" });
  put(reply, true);
  expect(ids()).toEqual([]);
  expect(ids(threadKey("root"))).toEqual([reply.id]);
});

test("a refused load says why; what was loaded before stays", async () => {
  await open("c1");
  expect(useConversations.getState()["c1"]).toMatchObject({ state: "failed", error: "nothing here" });
  const a = message();
  routes.push({ path: /./, answer: () => listing([a]) });
  await open("c1");
  routes.pop();
  await open("c1");
  expect(useConversations.getState()["c1"]).toMatchObject({ state: "ready", error: "nothing here" });
  expect(ids()).toEqual([a.id]);
});

test("a gap in live text is mended by loading the message once", async () => {
  const answer = message({ status: "streaming", content: "", author: { kind: "agent", id: "a1", name: "Backend" } });
  routes.push({ path: /channels/, answer: () => listing([answer]) });
  const whole = vi.fn(() => Response.json({ ...answer, content: "Hello wor" }));
  routes.push({ path: /messages\//, answer: whole });
  await open("c1");
  const delta = { channel_id: "c1", message_id: answer.id, task_id: "t", attempt: 1, offset: 7, text: "or" };
  expect(liveTexts.add(delta)).toBe("gap");
  await Promise.all([refetch(answer.id), refetch(answer.id)]);
  expect(whole).toHaveBeenCalledOnce();
  expect(liveTexts.add({ ...delta, offset: 9, text: "ld" })).toBe("added");
  await vi.waitFor(() => expect(liveTexts.shown.getState()[answer.id]?.text).toBe("Hello world"));
});

/** Serves a long channel as the server does, by `before` and `after` with a message's id or a cursor. */
function serve(history: Message[], hidden?: string): void {
  const at = (cursor: string | null): number => history.findIndex(({ id }) => id === cursor?.replace("cursor-", ""));
  routes.push({
    path: /channels\/c1\/messages/,
    answer: (url) => {
      const [before, after] = [url.searchParams.get("before"), url.searchParams.get("after")];
      const from = after === null ? Math.max(0, (before === null ? history.length : at(before)) - 50) : at(after) + 1;
      const rows = history.slice(from, after === null ? (before === null ? undefined : at(before)) : from + 50);
      const side = after === null ? "before" : "after";
      const isEnd = after === null ? from === 0 : from + 50 >= history.length;
      const edge = after === null ? rows[0] : rows.at(-1);
      return Response.json(rows.filter(({ id }) => id !== hidden), { headers: isEnd ? {} : { Link: `<http://x/api?${side}=cursor-${edge?.id}>; rel="next"` } });
    },
  });
  routes.push({
    path: /api\/messages\/[^/]+$/,
    answer: (url) => {
      const found = history.find(({ id }) => url.pathname.endsWith(id));
      return found ? Response.json(found) : Response.json({ detail: "gone", code: "message_not_found", status: 404 }, { status: 404 });
    },
  });
}

const view = (from: number, isAtEnd = false): { first: string; last: string; isAtEnd: boolean } => ({
  first: ids()[from] ?? "",
  last: ids()[from + 10] ?? ids().at(-1) ?? "",
  isAtEnd,
});

test("of a long conversation only what is near the view is kept, and nothing is missing on the way back", async () => {
  const history = Array.from({ length: 1500 }, () => message());
  const order = history.map(({ id }) => id);
  serve(history);
  await open("c1");
  const walk = async (load: (key: string) => Promise<void>, at: () => number): Promise<void> => {
    for (let step = 0; step < 32; step += 1) {
      await load("c1");
      look("c1", view(at()));
      expect(ids().length).toBeLessThanOrEqual(600);
      const start = order.indexOf(ids()[0] ?? "");
      expect(ids()).toEqual(order.slice(start, start + ids().length));
    }
  };
  await walk(loadOlder, () => 0);
  expect(ids()[0]).toBe(order[0]);
  expect(useConversations.getState()["c1"]).toMatchObject({ older: null, newer: ids().at(-1) });
  put(message(), true); // far behind what is loaded
  expect(ids().at(-1)).toBe(useConversations.getState()["c1"]?.newer);
  await walk(loadNewer, () => ids().length - 11);
  expect(ids().at(-1)).toBe(order.at(-1));
  expect(useConversations.getState()["c1"]).toMatchObject({ older: ids()[0], newer: null });
});

test("a conversation that is left keeps its end, and nothing of a place far from it", async () => {
  const history = Array.from({ length: 400 }, () => message());
  serve(history);
  await open("c1");
  for (let step = 0; step < 4; step += 1) await loadOlder("c1");
  look("c1", view(0));
  leave("c1");
  expect(ids()).toEqual(history.slice(-100).map(({ id }) => id));
  expect(useConversations.getState()["c1"]?.older).toBe(ids()[0]);
  await open("c1", history[50]?.id);
  leave("c1");
  expect(useConversations.getState()["c1"]).toBeUndefined();
});

test("a conversation that nobody looks at does not grow for ever", async () => {
  serve([message()]);
  await open("c1");
  leave("c1");
  for (let count = 0; count < 700; count += 1) put(message(), true);
  expect(ids().length).toBeLessThanOrEqual(600);
});

test("after a lost connection reading goes on at the place where one was", async () => {
  const history = Array.from({ length: 300 }, () => message());
  serve(history);
  await open("c1");
  for (let step = 0; step < 3; step += 1) await loadOlder("c1");
  const here = view(20);
  look("c1", here);
  await reopen("c1");
  expect(ids()).toContain(here.first);
  expect(ids()).toHaveLength(101);
  look("c1", view(90, true));
  await reopen("c1");
  expect(ids().at(-1)).toBe(history.at(-1)?.id);
  leave("c1");
});

function refuse(path: RegExp): void {
  routes.unshift({ path, answer: () => Response.json({ detail: "gone", code: "message_not_found", status: 404 }, { status: 404 }) });
}

test("of a target that is gone one sees the place, of one that never was the newest messages", async () => {
  const history = Array.from({ length: 200 }, () => message());
  const [before, gone, behind] = history.slice(19, 22).map(({ id }) => id);
  serve(history, gone);
  refuse(new RegExp(`api/messages/${gone}$`));
  await open("c1", gone);
  expect(useConversations.getState()["c1"]?.isTargetGone).toBe(true);
  expect(ids().slice(18, 21)).toEqual([history[18]?.id, before, behind]);
  refuse(/(before|after)=nobody/);
  await open("c1", "nobody");
  expect(useConversations.getState()["c1"]).toMatchObject({ isTargetGone: true, newer: null });
  expect(ids().at(-1)).toBe(history.at(-1)?.id);
});

test("a deleted message whose thread goes on is a target", async () => {
  const history = Array.from({ length: 200 }, () => message());
  const root = history[100];
  serve(history);
  refuse(new RegExp(`api/messages/${root?.id}$`));
  await open("c1", root?.id);
  expect(useConversations.getState()["c1"]?.isTargetGone).toBe(false);
  expect(ids()).toEqual(history.slice(50, 150).map(({ id }) => id));
});

test("a message of another channel is no target here", async () => {
  const history = Array.from({ length: 10 }, () => message());
  const foreign = message({ channel_id: "c2" });
  routes.push({ path: new RegExp(`api/messages/${foreign.id}$`), answer: () => Response.json(foreign) });
  serve(history);
  routes.unshift({ path: /(before|after)=/, answer: () => listing([]) });
  await open("c1", foreign.id);
  expect(ids()).not.toContain(foreign.id);
  expect(useConversations.getState()["c1"]?.isTargetGone).toBe(true);
});
