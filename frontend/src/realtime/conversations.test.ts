import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { message } from "@/test/messages";
import type { Message } from "@/api/types";
import { drop, loadOlder, open, put, refetch, threadKey, useConversations } from "./conversations";
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
