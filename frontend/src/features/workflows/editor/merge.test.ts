import { expect, test } from "vitest";
import { node, workflow } from "@/test/workflows";
import { added, changed, draftOf, moved, planOf, removed, type Draft, type DraftTask } from "./draft";
import { merged } from "./merge";

const before = workflow([node("a"), node("b", { depends_on: ["a"] }), node("c", { depends_on: ["b"] })]);
const mine = (tasks: readonly DraftTask[], change: Partial<Draft> = {}): Draft => ({ ...draftOf(before), tasks, ...change });
const theirs = (tasks: readonly DraftTask[], title = "Launch") => ({ ...planOf(before), title, tasks, version: 2 });
const start = draftOf(before).tasks;
const keys = (draft: Draft): string => draft.tasks.map(({ key }) => key).join(" ");
const task = (draft: Draft, key: string): DraftTask | undefined => draft.tasks.find((one) => one.key === key);

test("changes of different fields and tasks go together, without a word", () => {
  const { draft, notes } = merged(mine(changed(start, "a", { title: "Mine" })), theirs(changed(changed(start, "a", { agent: "qa" }), "b", { title: "Theirs" }), "New"));
  expect(task(draft, "a")).toMatchObject({ title: "Mine", agent: "qa" });
  expect(task(draft, "b")?.title).toBe("Theirs");
  expect([draft.title, draft.base.version, notes]).toEqual(["New", 2, []]);
});

test("where both changed the same, mine stands and it is said", () => {
  const { draft, notes } = merged(mine(changed(start, "a", { title: "Mine" })), theirs(changed(start, "a", { title: "Theirs" })));
  expect(task(draft, "a")?.title).toBe("Mine");
  expect(notes).toEqual(["“Mine”: both changed the title; yours stands."]);
  const same = merged(mine(changed(start, "a", { title: "Same" })), theirs(changed(start, "a", { title: "Same" })));
  expect(same.notes).toEqual([]);
});

test("what one removed goes, unless the other has changed it", () => {
  const gone = merged(mine(changed(start, "a", { title: "Mine" })), theirs(removed(start, "b")));
  expect([keys(gone.draft), gone.notes]).toEqual(["a c", []]);
  const back = merged(mine(changed(start, "b", { title: "Mine" })), theirs(removed(start, "b")));
  expect(keys(back.draft)).toBe("a b c");
  expect(back.notes).toEqual(["“Mine” was removed meanwhile. You had changed it, so it comes back."]);
  const away = merged(mine(removed(start, "b")), theirs(changed(start, "b", { title: "Theirs" })));
  expect(keys(away.draft)).toBe("a c");
  expect(away.notes).toEqual(["“Theirs” was changed meanwhile. You had removed it, so it goes."]);
  expect(task(away.draft, "c")?.depends_on).toEqual(["a"]);
});

test("nothing waits for what is gone", () => {
  const { draft } = merged(mine(changed(start, "a", { title: "Mine" })), theirs(changed(start.slice(1), "b", { depends_on: [] })));
  expect(task(draft, "b")?.depends_on).toEqual([]);
  const rewired = merged(mine(changed(start, "c", { depends_on: ["a", "b"] })), theirs(removed(start, "a")));
  expect(task(rewired.draft, "c")?.depends_on).toEqual(["b"]);
});

test("what both added is there, under keys of its own, in the places where it was put", () => {
  const own = added(start);
  const { draft } = merged(mine(changed(own.tasks, own.key, { title: "Mine" })), theirs([...start.slice(0, 1), ...changed(added(start).tasks.slice(3), own.key, { title: "Theirs" }), ...start.slice(1)]));
  expect(draft.tasks.map(({ title }) => title)).toEqual(["Do a", "Theirs", "Do b", "Do c", "Mine"]);
  expect(new Set(draft.tasks.map(({ key }) => key)).size).toBe(5);
});

test("my order stands if I made one, else theirs", () => {
  expect(keys(merged(mine(moved(start, "c", -1)), theirs(changed(start, "a", { title: "x" }))).draft)).toBe("a c b");
  expect(keys(merged(mine(changed(start, "a", { title: "x" })), theirs(moved(start, "c", -1))).draft)).toBe("a c b");
});

test("whatever two people do, each task is there once and waits for tasks that are there", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const edited = (tasks: readonly DraftTask[]): readonly DraftTask[] => {
    const key = tasks[random(tasks.length)]?.key ?? "a";
    const other = tasks[random(tasks.length)]?.key ?? "a";
    const edits = [() => changed(tasks, key, { title: `T${random(9)}` }), () => changed(tasks, key, { depends_on: [other] }), () => moved(tasks, key, -1), () => added(tasks).tasks, () => (tasks.length > 1 ? removed(tasks, key) : tasks)];
    return edits[random(edits.length)]?.() ?? tasks;
  };
  const several = (tasks: readonly DraftTask[]): readonly DraftTask[] => edited(edited(edited(tasks)));
  for (let round = 0; round < 500; round += 1) {
    const [own, others] = [several(start), several(start)];
    const { tasks } = merged(mine(own), theirs(others)).draft;
    const all = new Set(tasks.map((one) => one.key));
    expect(all.size).toBe(tasks.length);
    expect(tasks.flatMap((one) => one.depends_on).filter((key) => !all.has(key))).toEqual([]);
    const news = (list: readonly DraftTask[]): number => list.filter(({ key }) => key.startsWith("new")).length;
    expect(news(tasks)).toBe(news(own) + news(others)); // nothing that was added is lost
    expect(merged(mine(own), { ...theirs(start), version: 2 }).draft.tasks).toEqual(own); // over no edit, mine is as it was
  }
});
