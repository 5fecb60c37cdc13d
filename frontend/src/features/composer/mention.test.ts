import { describe, expect, test } from "vitest";
import { complete, fitting, typedMention, type Mentionable } from "./mention";

const agent = (handle: string, role = ""): Mentionable => ({ id: handle, handle, name: handle.replace(/-/g, " "), role });
const AGENTS = [
  agent("orchestrator", "Team lead and planner"),
  agent("backend", "Backend engineer"),
  agent("frontend", "Frontend engineer"),
  agent("qa", "Quality engineer"),
  agent("code-reviewer", "Reviewer"),
  agent("qa-lead", "Lead of quality"),
];
const names = (query: string): string[] => fitting(AGENTS, query, 8).map(({ handle }) => handle);

describe("finding the mention that is being typed", () => {
  test.each([
    ["@", 1, { start: 0, end: 1, query: "" }],
    ["@ba", 3, { start: 0, end: 3, query: "ba" }],
    ["hi @code-re", 11, { start: 3, end: 11, query: "code-re" }],
    ["(@qa", 4, { start: 1, end: 4, query: "qa" }],
    ["one\n@qa", 7, { start: 4, end: 7, query: "qa" }],
    ["@backend rest", 3, { start: 0, end: 8, query: "ba" }],
    ["grüße @prüf", 11, { start: 6, end: 11, query: "prüf" }],
  ])("%j at %i", (text, caret, found) => expect(typedMention(text, caret)).toEqual(found));

  test.each([
    ["mail bob@qa", 11],
    ["@qa done", 8],
    ["`@qa", 4],
    ["```\n@qa", 7],
    ["no sign", 3],
    ["@@qa", 4],
    ["x/@qa", 5],
  ])("none in %j at %i", (text, caret) => expect(typedMention(text, caret)).toBeNull());

  test("code that is closed hides nothing behind it", () => {
    expect(typedMention("`x` @qa", 7)?.query).toBe("qa");
    expect(typedMention("```\nx\n```\n@qa", 13)?.query).toBe("qa");
  });
});

describe("finding agents", () => {
  test("offers everyone when nothing is typed", () => expect(names("")).toHaveLength(AGENTS.length));
  test("puts the whole name before names that only begin so", () => expect(names("qa")[0]).toBe("qa"));
  test("finds beginnings of later words", () => expect(names("rev")[0]).toBe("code-reviewer"));
  test("finds letters in their order", () => expect(names("bkend")).toContain("backend"));
  test("finds initials of words", () => expect(names("cr")[0]).toBe("code-reviewer"));
  test("finds by role, after names", () => expect(names("qual")).toEqual(["qa", "qa-lead"]));
  test("ignores case and accents", () => expect(names("BÀCK")[0]).toBe("backend"));
  test("offers nobody who does not fit", () => expect(names("zzz")).toEqual([]));
  test("offers no more than asked for", () => expect(fitting(AGENTS, "", 2)).toHaveLength(2));

  test("stays quick with a thousand agents", () => {
    const many = Array.from({ length: 1_000 }, (_, index) => agent(`agent-${index}`, "Role of some length here"));
    const start = performance.now();
    expect(fitting(many, "agent-99", 8)[0]?.handle).toBe("agent-99");
    expect(performance.now() - start).toBeLessThan(200);
  });
});

describe("completing a mention", () => {
  test("adds a space and puts the caret behind it", () => {
    expect(complete("@ba", { start: 0, end: 3, query: "ba" }, "backend")).toEqual({ text: "@backend ", caret: 9 });
  });
  test("replaces the whole word and keeps what follows", () => {
    expect(complete("hi @backxx now", { start: 3, end: 10, query: "back" }, "backend")).toEqual({ text: "hi @backend now", caret: 12 });
  });
});

test("members come first among equals, but never before a better fit", () => {
  const one = (handle: string, isMember: boolean): Mentionable => ({ ...agent(handle), isMember });
  const all = [one("alpha", false), one("beta", true), one("album", true)];
  const order = (query: string): string[] => fitting(all, query, 5).map(({ handle }) => handle);
  expect(order("")).toEqual(["album", "beta", "alpha"]);
  expect(order("al")).toEqual(["album", "alpha"]);
  expect(order("alpha")).toEqual(["alpha"]);
  expect(fitting([one("alpha", false), one("my-alpha", true)], "alpha", 5).map(({ handle }) => handle)).toEqual(["alpha", "my-alpha"]);
});
