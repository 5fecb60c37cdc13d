import { expect, test } from "vitest";
import { message } from "@/test/messages";
import { merge, remove, replace, upsert } from "./timeline";

test("messages stand in the order of their times, whatever order they come in", () => {
  const [a, b, c] = [message(), message(), message()];
  expect([c, a, b].reduce(upsert, [])).toEqual([a, b, c]);
});

test("a message that comes twice stands once", () => {
  const a = message();
  expect(upsert(upsert([], a), { ...a })).toHaveLength(1);
});

test("microseconds that are zero are earlier, though the wire leaves them out", () => {
  const whole = message({ created_at: "2026-01-01T12:00:00Z", id: "b" });
  const later = message({ created_at: "2026-01-01T12:00:00.000001Z", id: "a" });
  expect(upsert(upsert([], later), whole)).toEqual([whole, later]);
});

test("equal times are told apart by id", () => {
  const at = "2026-01-01T12:00:00Z";
  const a = message({ created_at: at, id: "a" });
  const b = message({ created_at: at, id: "b" });
  expect(upsert(upsert([], b), a)).toEqual([a, b]);
});

test("an earlier form never replaces a later one", () => {
  const now = message({ content: "new", updated_at: "2026-01-01T13:00:00Z" });
  const before = { ...now, content: "old", updated_at: "2026-01-01T12:59:00Z" };
  expect(replace([now], before)).toEqual([now]);
  const anew = { ...before, attempt: 2, content: "" };
  expect(replace([now], anew)).toEqual([anew]);
});

test("a change of a message that isn't loaded adds nothing", () => {
  const list = [message()];
  expect(replace(list, message())).toBe(list);
});

test("older and newer pages join without doubling", () => {
  const all = Array.from({ length: 9 }, () => message());
  const middle = all.slice(3, 6);
  expect(merge(middle, all.slice(0, 4))).toEqual(all.slice(0, 6));
  expect(merge(middle, all.slice(6))).toEqual(all.slice(3));
  expect(merge([], all)).toEqual(all);
});

test("a deleted message is gone", () => {
  const [a, b] = [message(), message()];
  expect(remove([a, b], a.id)).toEqual([b]);
});
