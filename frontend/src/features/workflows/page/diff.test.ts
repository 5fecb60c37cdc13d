import { expect, test } from "vitest";
import type { PlanTask } from "@/api/types";
import { diffOf } from "./diff";

const step = (key: string, change: Partial<PlanTask> = {}): PlanTask => ({ key, title: `Do ${key}`, agent: "qa", depends_on: [], ...change });
const plan = (tasks: PlanTask[], title = "Launch") => ({ title, tasks });

test("equal plans differ in nothing", () => {
  const tasks = [step("a"), step("b", { depends_on: ["a"] })];
  expect(diffOf(plan(tasks), plan(tasks))).toEqual({ title: null, tasks: [], isReordered: false });
});

test("changes are told by field, dependencies by title", () => {
  const { tasks, title } = diffOf(plan([step("a"), step("b")]), plan([step("a", { title: "Read" }), step("b", { depends_on: ["a"], agent: "devops" })], "Go"));
  expect(title).toMatchObject({ before: "Launch", after: "Go" });
  expect(tasks).toEqual([
    { key: "a", title: "Read", kind: "changed", fields: [{ field: "Title", before: "Do a", after: "Read" }] },
    { key: "b", title: "Do b", kind: "changed", fields: [{ field: "Agent", before: "@qa", after: "@devops" }, { field: "Waits for", before: "nothing", after: "Read" }] },
  ]);
});

test("new and removed tasks and another order are told", () => {
  const diff = diffOf(plan([step("a"), step("b"), step("c")]), plan([step("c"), step("a"), step("d", { description: "All" })]));
  expect(diff.tasks.map(({ kind, key }) => `${kind} ${key}`)).toEqual(["added d", "removed b"]);
  expect(diff.tasks[0]?.fields.map(({ field }) => field)).toEqual(["Agent", "Waits for", "What to do", "If it fails"]);
  expect(diff.isReordered).toBe(true);
});
