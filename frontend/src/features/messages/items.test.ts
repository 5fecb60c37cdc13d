import { expect, test } from "vitest";
import type { Message } from "@/api/types";
import { message } from "@/test/messages";
import type { Outgoing } from "@/realtime/outbox";
import { itemsOf, type Item } from "./items";

const agent = { kind: "agent" as const, id: "a1", name: "Backend" };

function rows(messages: Message[], more: Partial<Parameters<typeof itemsOf>[0]> = {}): Item[] {
  return itemsOf({ messages, outgoing: [], isWhole: false, lastRead: null, ...more });
}
const kinds = (items: Item[]): string[] => items.map((item) => ("joins" in item && item.joins ? `${item.kind}+` : item.kind));

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

test("the unread ones begin behind the last that was read, unless nothing follows", () => {
  const [a, b] = [message(), message()];
  expect(kinds(rows([a, b], { lastRead: a.id }))).toEqual(["day", "message", "unread", "message"]);
  expect(kinds(rows([a, b], { lastRead: b.id }))).toEqual(["day", "message", "message+"]);
});

test("the beginning is shown only when it is loaded", () => {
  expect(kinds(rows([message()], { isWhole: true }))).toEqual(["beginning", "day", "message"]);
  expect(kinds(rows([], { isWhole: true }))).toEqual(["beginning"]);
});

test("what is not confirmed stands last, and each row has its own key", () => {
  const outgoing: Outgoing = { clientId: "k", channelId: "c1", threadId: null, content: "x", state: "sending", error: null, createdAt: "" };
  const items = rows([message(), message()], { outgoing: [outgoing, { ...outgoing, clientId: "k2" }] });
  expect(kinds(items).slice(-2)).toEqual(["outgoing+", "outgoing+"]);
  expect(new Set(items.map(({ key }) => key)).size).toBe(items.length);
});
