import { expect, test } from "vitest";
import type { TemplateSummary } from "./types";
import { canStart, directForm, startersOf } from "./starters";

const team = (id: string, ...starters: string[]): TemplateSummary => ({ id, name: id, description: "", agents: [], starters });

const TEAMS = [
  team("software", "@backend @frontend How?", "@qa What?"),
  team("content", "@writer Write it.", "@editor Edit it."),
];

test("a question needs everyone whom it mentions", () => {
  expect(canStart("@backend @frontend How?", new Set(["backend"]))).toBe(false);
  expect(canStart("@backend @frontend How?", new Set(["backend", "frontend"]))).toBe(true);
});

test("each team comes once before one comes again", () => {
  const all = new Set(["backend", "frontend", "qa", "writer", "editor"]);
  expect(startersOf(TEAMS, all)).toEqual(["@backend @frontend How?", "@writer Write it.", "@qa What?", "@editor Edit it."]);
  expect(startersOf(TEAMS, new Set(["editor"]))).toEqual(["@editor Edit it."]);
  expect(startersOf(TEAMS, new Set())).toEqual([]);
  expect(startersOf([], all)).toEqual([]);
});

test("alone with an agent it is asked without its mention", () => {
  expect(directForm("@writer Write it.", "writer")).toEqual(["Write it."]);
  expect(directForm("@writer-2 Write it.", "writer")).toEqual([]);
  expect(directForm("@backend @frontend How?", "backend")).toEqual([]);
});
