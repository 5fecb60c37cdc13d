import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { MessageDelta } from "./events";
import { codePoints, fromCodePoint, LiveTextStore } from "./liveText";

const delta = (offset: number, text: string, attempt = 1): MessageDelta => ({
  channel_id: "c",
  message_id: "m",
  task_id: "t",
  attempt,
  offset,
  text,
});

describe("the live text of an answer", () => {
  let store: LiveTextStore;
  const shown = (): string | undefined => store.shown.getState()["m"]?.text;

  beforeEach(() => {
    vi.useFakeTimers();
    store = new LiveTextStore();
  });
  afterEach(() => vi.useRealTimers());

  test("shows the first piece at once and later ones together after 50 ms", () => {
    store.add(delta(0, "Hel"));
    expect(shown()).toBe("Hel");
    store.add(delta(3, "lo"));
    store.add(delta(5, "!"));
    expect(shown()).toBe("Hel");
    vi.advanceTimersByTime(50);
    expect(shown()).toBe("Hello!");
  });

  test("counts offsets in code points, not in UTF-16 units", () => {
    store.add(delta(0, "👩‍💻"));
    expect(store.add(delta(3, "!"))).toBe("added");
    vi.advanceTimersByTime(50);
    expect(shown()).toBe("👩‍💻!");
  });

  test("adds nothing at a gap", () => {
    store.add(delta(0, "one"));
    expect(store.add(delta(4, "two"))).toBe("gap");
    vi.advanceTimersByTime(50);
    expect(shown()).toBe("one");
  });

  test("sees a gap when it knows nothing of an answer that has begun", () => {
    expect(store.add(delta(7, "late"))).toBe("gap");
    expect(shown()).toBeUndefined();
  });

  test("adds only what is new of a piece that overlaps", () => {
    store.add(delta(0, "a👍"));
    expect(store.add(delta(1, "👍b"))).toBe("added");
    expect(store.add(delta(0, "a👍b"))).toBe("known");
    vi.advanceTimersByTime(50);
    expect(shown()).toBe("a👍b");
  });

  test("starts over with a higher attempt and ignores the earlier one", () => {
    store.add(delta(0, "first try"));
    expect(store.add(delta(0, "sec", 2))).toBe("added");
    expect(shown()).toBe("sec");
    expect(store.add(delta(9, " goes on", 1))).toBe("stale");
    expect(store.add(delta(3, "ond", 2))).toBe("added");
    vi.advanceTimersByTime(50);
    expect(shown()).toBe("second");
  });

  test("sees a gap when a higher attempt does not begin at its start", () => {
    store.add(delta(0, "first"));
    expect(store.add(delta(4, "middle", 2))).toBe("gap");
  });

  test("takes the text of a loaded message only when it is ahead", () => {
    store.add(delta(0, "abc"));
    store.take({ id: "m", attempt: 1, status: "streaming", content: "ab" });
    expect(store.add(delta(3, "d"))).toBe("added");
    store.take({ id: "m", attempt: 1, status: "streaming", content: "abcdef" });
    vi.advanceTimersByTime(50);
    expect(shown()).toBe("abcdef");
    store.take({ id: "m", attempt: 2, status: "streaming", content: "" });
    expect(shown()).toBe("");
  });

  test("forgets an answer that has ended", () => {
    store.add(delta(0, "abc"));
    store.take({ id: "m", attempt: 1, status: "complete", content: "abcd" });
    expect(shown()).toBeUndefined();
  });

  test("disturbs nobody who shows another answer", () => {
    store.add({ ...delta(0, "x"), message_id: "other" });
    const before = store.shown.getState()["other"];
    store.add(delta(0, "y"));
    expect(store.shown.getState()["other"]).toBe(before);
  });
});

test.each([
  ["", 0],
  ["abc", 3],
  ["é👍", 2],
  ["👨‍👩‍👧", 5],
])("codePoints(%j) is %i", (text, count) => {
  expect(codePoints(text)).toBe(count);
  expect(codePoints(text)).toBe([...text].length);
});

test("fromCodePoint never cuts a character", () => {
  expect(fromCodePoint("👍👍x", 1)).toBe("👍x");
  expect(fromCodePoint("ab", 5)).toBe("");
});
