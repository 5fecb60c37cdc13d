import { expect, test } from "vitest";
import { node } from "@/test/workflows";
import { bestLayout, layoutOf, NODE } from "./layout";

test("tasks stand behind what they wait for, and not on each other", () => {
  const tasks = [node("a"), node("b", { depends_on: ["a", "gone"] }), node("c", { depends_on: ["a"] }), node("d", { depends_on: ["b", "c"] })];
  const { places } = layoutOf(tasks, "LR");
  const place = (key: string) => places.get(key) ?? { x: NaN, y: NaN };
  for (const { key, depends_on: needs } of tasks) {
    for (const needed of needs.filter((one) => places.has(one))) expect(place(key).x).toBeGreaterThanOrEqual(place(needed).x + NODE.width);
  }
  expect(Math.abs(place("b").y - place("c").y)).toBeGreaterThanOrEqual(NODE.height);
});

test("the direction is that in which the plan is shown larger", () => {
  const chain = ["a", "b", "c", "d", "e", "f"].map((key, index, all) => node(key, { depends_on: all.slice(Math.max(0, index - 1), index) }));
  expect(bestLayout(chain, { width: 400, height: 900 }).direction).toBe("TB");
  expect(bestLayout(chain, { width: 1600, height: 500 }).direction).toBe("LR");
});

test("a hundred tasks are laid out", () => {
  const tasks = Array.from({ length: 100 }, (_, index) => node(`n${index}`, { depends_on: index < 10 ? [] : [`n${index - 10}`, `n${index - 7}`] }));
  expect(layoutOf(tasks, "TB").places.size).toBe(100);
});
