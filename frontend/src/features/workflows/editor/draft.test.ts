import { expect, test } from "vitest";
import { node, workflow } from "@/test/workflows";
import { added, changed, draftOf, isChanged, mistakes, moved, refusedAt, removed, settled, tasksToSend, whyNot } from "./draft";

const chain = workflow([node("a"), node("b", { depends_on: ["a"] }), node("c", { depends_on: ["b"] })]);

test("an edit that is taken back is none, and the order of dependencies is no change", () => {
  const draft = draftOf(workflow([node("a"), node("b"), node("c", { depends_on: ["a", "b"] })]));
  const retitled = { ...draft, tasks: changed(draft.tasks, "a", { title: "Other" }) };
  expect(isChanged(retitled)).toBe(true);
  expect(isChanged({ ...retitled, tasks: changed(retitled.tasks, "a", { title: "Do a" }) })).toBe(false);
  expect(isChanged({ ...draft, tasks: changed(draft.tasks, "c", { depends_on: ["b", "a"] }) })).toBe(false);
});

test("a ring is refused with its reason, before it is there", () => {
  const reasons = whyNot(draftOf(chain).tasks, "a");
  expect(reasons.get("b")).toBe("waits for this one already");
  expect(reasons.get("c")).toBe("waits for this one over others");
  expect(whyNot(draftOf(chain).tasks, "c").size).toBe(0);
});

test("a task waits for 20 others at most", () => {
  const names = Array.from({ length: 22 }, (_, index) => `n${index}`);
  const tasks = draftOf(workflow([...names.map((name) => node(name)), node("last", { depends_on: names.slice(0, 20) })])).tasks;
  expect([...whyNot(tasks, "last").keys()]).toEqual(["n20", "n21"]);
});

test("what waited for a removed task waits for what that one waited for", () => {
  const tasks = removed(draftOf(chain).tasks, "b");
  expect(tasks.map(({ key, depends_on: needs }) => [key, needs])).toEqual([["a", []], ["c", ["a"]]]);
});

test("tasks move by one place, and not over the ends", () => {
  const { tasks } = draftOf(chain);
  expect(moved(tasks, "c", -1).map(({ key }) => key)).toEqual(["a", "c", "b"]);
  expect(moved(tasks, "a", -1)).toBe(tasks);
  expect(moved(tasks, "c", 1)).toBe(tasks);
});

test("new tasks get keys after their titles, also where others wait for them", () => {
  const draft = draftOf(chain);
  const one = added(draft.tasks);
  const two = added(one.tasks);
  expect(one.key).not.toBe(two.key);
  let tasks = changed(two.tasks, one.key, { title: "Écrire & send!" });
  tasks = changed(tasks, two.key, { title: "écrire send", depends_on: [one.key] });
  tasks = changed(tasks, "a", { depends_on: [two.key] });
  const sent = tasksToSend({ ...draft, tasks });
  expect(sent.map(({ key }) => key)).toEqual(["a", "b", "c", "ecrire-send", "ecrire-send-2"]);
  expect(sent[4]?.depends_on).toEqual(["ecrire-send"]);
  expect(sent[0]?.depends_on).toEqual(["ecrire-send-2"]);
  expect(tasksToSend({ ...draft, tasks: changed(one.tasks, one.key, { title: "計画" }) }).at(-1)?.key).toBe("task");
});

test("a task that has begun meanwhile is as it is, whatever was made of it", () => {
  const draft = draftOf(chain);
  const edited = { ...draft, tasks: removed(changed(draft.tasks, "b", { title: "Mine" }), "a") };
  const now = workflow([node("a", { status: "running" }), node("b", { status: "failed", depends_on: ["a"] }), node("c", { depends_on: ["b"] })]);
  expect(settled(edited, now).tasks.map(({ key, title }) => [key, title])).toEqual([["a", "Do a"], ["b", "Do b"], ["c", "Do c"]]);
  expect(settled(edited, chain)).toBe(edited);
});

test("refusals of the API are brought to their tasks", () => {
  const { tasks } = draftOf(chain);
  const fields = new Map([["tasks.2.depends_on", "a ring"], ["tasks.0", "odd"], ["tasks.1.depends_on.0", "not there"], ["title", "too long"], ["tasks.9.agent", "who?"]]);
  expect([...refusedAt(fields, tasks)]).toEqual([["c.depends_on", "a ring"], ["a.title", "odd"], ["b.depends_on", "not there"], ["title", "too long"], ["tasks.9.agent", "who?"]]);
});

test("what is missing is said before anything is sent", () => {
  const draft = draftOf(workflow([node("a", { title: " ", agent: "" }), node("b", { agent: "ghost" })], { title: "" }));
  expect([...mistakes(draft, new Set(["backend"])).keys()]).toEqual(["title", "a.title", "a.agent", "b.agent"]);
  expect(mistakes({ ...draft, title: "x" }, new Set()).has("b.agent")).toBe(false); // the agents are not loaded yet
});
