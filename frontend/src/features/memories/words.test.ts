import { describe, expect, test } from "vitest";
import type { ScoreParts } from "@/api/types";
import { memory } from "@/test/memories";
import { tellingOf } from "./status";
import { bestOf, expiryOf, importanceOf, ordinal, reasonsOf, sayerOf } from "./words";

const parts = (change: Partial<ScoreParts> = {}): ScoreParts => ({ dense: 0.7, dense_rank: 1, text: 0.4, text_rank: 2, time: 0, importance: 0.1, recency: 0.05, ...change });

const reason = (name: string, of: ScoreParts, score = 4, best = { text: 0.8 }) => {
  const found = reasonsOf(of, score, best).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe("why a memory was found", () => {
  test("nearness is said in words, with its figure and rank", () => {
    expect(reason("Meaning", parts())).toEqual({ name: "Meaning", text: "Close (0.70 of 1), the closest of all.", share: 0.7 });
    expect(reason("Meaning", parts({ dense: -0.2, dense_rank: 113 }))).toMatchObject({ text: "Far (-0.20 of 1), the 113th closest.", share: 0 });
    expect(reason("Meaning", parts({ dense: null, dense_rank: null }))).toMatchObject({ text: expect.stringContaining("has not been read"), share: 0 });
  });

  test("words have no scale of their own: the best of the search is the whole bar", () => {
    expect(reason("Words", parts()).share).toBe(0.5);
    expect(reason("Words", parts({ text: 0, text_rank: null }))).toMatchObject({ text: "None in common with what was asked.", share: 0 });
    expect(bestOf([parts({ text: 0.2 }), null, undefined, parts({ text: 0.9 })])).toEqual({ text: 0.9 });
    expect(bestOf([])).toEqual({ text: 0 });
    expect(reason("Words", parts(), 4, { text: 0 }).share).toBe(0);
  });

  test("what was added is told as its part of the score, also of one that is below nothing", () => {
    expect(reason("Time", parts({ time: 2 }))).toMatchObject({ text: expect.stringContaining("adds 2.00"), share: 0.5 });
    expect(reason("Time", parts()).share).toBe(0);
    expect(reason("Importance", parts(), -1).share).toBe(0);
    expect(reason("Recency", parts({ recency: 0.0001 })).text).toContain("adds nothing");
  });
});

test.each([[1, "1st"], [2, "2nd"], [3, "3rd"], [4, "4th"], [11, "11th"], [12, "12th"], [21, "21st"], [113, "113th"], [1022, "1,022nd"]])("%i is the %s", (number, word) => {
  expect(ordinal(number)).toBe(word);
});

test("importance has a word at every place", () => {
  expect([0, 0.2, 0.5, 0.7, 1].map(importanceOf)).toEqual(["Very low", "Low", "Medium", "High", "Very high"]);
});

test("an expiry is told as what will be, what was, and what a pin keeps from being", () => {
  const now = new Date("2026-06-01T00:00:00Z");
  expect(expiryOf(memory(), now)).toBeNull();
  expect(expiryOf(memory({ expires_at: "2026-07-01T12:00:00Z" }), now)).toMatch(/^Goes on /);
  expect(expiryOf(memory({ expires_at: "2026-05-01T12:00:00Z" }), now)).toMatch(/^Expired on /);
  expect(expiryOf(memory({ expires_at: "2026-05-01T12:00:00Z", pinned: true }), now)).toBe("Stays, since it is pinned");
});

test("who said it is told as far as it is known", () => {
  expect(sayerOf(memory({ metadata: { speaker: " Ada " } }))).toBe("Ada said it");
  expect(sayerOf(memory({ metadata: { speaker: { evil: 1 } } }))).toBe("Written by a person");
  expect(sayerOf(memory({ author_id: "u1" }))).toBe("Written by a person");
  expect(sayerOf(memory({ author_id: "u1", source_message_id: "m1", origin: "answer" }))).toBe("A person said it");
  expect(sayerOf(memory({ origin: "answer" }), "Backend")).toBe("From a conversation with Backend");
  expect(sayerOf(memory({ origin: "summary" }))).toBe("Summed up from older memories");
});

test("reading anew is told with how far it is, and what it means until then", () => {
  const status = (change: object, embedder: string | null = "bge") => tellingOf({ embedder, memories: { total: 3000, embedded: 1796, pending: 0, failed: 0, ...change } });
  expect(status({ pending: 1204 })).toEqual({ text: "1,204 of 3,000 memories are being read anew; until then those are found by their words.", done: 1 - 1204 / 3000 });
  expect(status({})).toBeNull();
  expect(status({ failed: 2 })?.text).toContain("2 of 3,000 memories could not be read");
  expect(status({}, null)?.text).toContain("by their words alone");
});
