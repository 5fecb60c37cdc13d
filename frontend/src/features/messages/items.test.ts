import { expect, test } from "vitest";
import type { Message, Place } from "@/api/types";
import { message } from "@/test/messages";
import type { Outgoing } from "@/realtime/outbox";
import { finishedUpTo, itemsOf, type Item } from "./items";

const agent = { kind: "agent" as const, id: "a1", name: "Backend" };

function rows(messages: Message[], more: Partial<Parameters<typeof itemsOf>[0]> = {}): Item[] {
  return itemsOf({ messages, outgoing: [], isWhole: true, divider: null, ...more });
}
const kinds = (items: Item[]): string[] => items.filter(({ kind }) => kind !== "beginning").map((item) => ("joins" in item && item.joins ? `${item.kind}+` : item.kind));

test("messages of one person close together share one head", () => {
  const later = message({ created_at: "2026-01-01T15:00:00Z" });
  expect(kinds(rows([message(), message(), later]))).toEqual(["day", "message", "message+", "message"]);
});

test("every answer of an agent has its own head, so that its state stands beside its name", () => {
  expect(kinds(rows([message({ author: agent }), message({ author: agent })]))).toEqual(["day", "message", "message"]);
});

test("a day begins with its name", () => {
  const days = [message({ created_at: "2026-01-01T10:00:00Z" }), message({ created_at: "2026-01-03T10:00:00Z" })];
  expect(kinds(rows(days))).toEqual(["day", "message", "day", "message"]);
});

test("at the top of what is loaded no day is named, since older messages may be of the same day", () => {
  const days = [message({ created_at: "2026-01-01T10:00:00Z" }), message({ created_at: "2026-01-03T10:00:00Z" })];
  expect(kinds(rows(days, { isWhole: false }))).toEqual(["message", "day", "message"]);
});

test("the new ones begin behind the place, with the first that somebody else wrote", () => {
  const [a, own, b] = [message({ author: agent }), message(), message({ author: agent })];
  const upTo = ({ id, created_at }: Message): Place => ({ message_id: id, at: created_at });
  expect(kinds(rows([a, own, b], { divider: upTo(a) }))).toEqual(["day", "message", "message", "unread", "message"]);
  expect(kinds(rows([a, own, b], { divider: upTo(b) }))).toEqual(["day", "message", "message", "message"]);
  // The message of the place may be gone.
  expect(kinds(rows([own, b], { divider: upTo(a) }))).toEqual(["day", "message", "unread", "message"]);
});

test("a channel is read up to its last finished message", () => {
  const [a, b, c] = [message(), message({ author: agent, status: "streaming" }), message({ author: agent })];
  expect(finishedUpTo([a, b, c])?.id).toBe(a.id);
  expect(finishedUpTo([a, { ...b, status: "failed" }, c])?.id).toBe(c.id);
  expect(finishedUpTo([b])).toBeNull();
  expect(finishedUpTo([])).toBeNull();
});

test("the beginning is shown only when it is loaded", () => {
  expect(rows([message()]).map(({ kind }) => kind)).toEqual(["beginning", "day", "message"]);
  expect(rows([]).map(({ kind }) => kind)).toEqual(["beginning"]);
  // Above it there may be more of the same day.
  expect(rows([message()], { isWhole: false }).map(({ kind }) => kind)).toEqual(["message"]);
});

test("what is not confirmed stands last, and each row has its own key", () => {
  const outgoing: Outgoing = { clientId: "k", channelId: "c1", threadId: null, content: "x", files: [], state: "sending", error: null, createdAt: "" };
  const items = rows([message(), message()], { outgoing: [outgoing, { ...outgoing, clientId: "k2" }] });
  expect(kinds(items).slice(-2)).toEqual(["outgoing+", "outgoing+"]);
  expect(new Set(items.map(({ key }) => key)).size).toBe(items.length);
});
