import { expect, test } from "vitest";
import { node } from "@/test/workflows";
import { dependantsOf, layersOf } from "./layers";

const keys = (layers: { key: string }[][]): string[] => layers.map((layer) => layer.map(({ key }) => key).join(" "));

test("a task stands behind the longest way to it", () => {
  const tasks = [node("d", { depends_on: ["a", "c"] }), node("a"), node("b"), node("c", { depends_on: ["a", "b"] })];
  expect(keys(layersOf(tasks))).toEqual(["a b", "c", "d"]);
});

test("dependencies that are not there count as done, and a ring ends the layers", () => {
  expect(keys(layersOf([node("a", { depends_on: ["gone"] })]))).toEqual(["a"]);
  const ring = [node("a"), node("b", { depends_on: ["a", "c"] }), node("c", { depends_on: ["b"] })];
  expect(keys(layersOf(ring))).toEqual(["a", "b c"]);
});

test("what waits for a task is found over others too, in a ring as well", () => {
  const tasks = [node("a"), node("b", { depends_on: ["a"] }), node("c", { depends_on: ["b"] }), node("x")];
  expect([...dependantsOf(tasks, ["a"])].toSorted()).toEqual(["b", "c"]);
  const ring = [node("a", { depends_on: ["b"] }), node("b", { depends_on: ["a"] })];
  expect([...dependantsOf(ring, ["a"])]).toEqual(["b"]);
});
