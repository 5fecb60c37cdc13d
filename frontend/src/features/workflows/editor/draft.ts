import type { PlanTask, Workflow, WorkflowTask } from "@/api/types";
import { dependantsOf } from "../layers";
import { hasBegun } from "../words";

export type DraftTask = Required<PlanTask>;

/** A plan as it can be edited. */
export interface Plan {
  title: string;
  max_parallel: number;
  tasks: readonly DraftTask[];
}

/** A plan that is being edited, and the version of it that the edit began with. */
export interface Draft extends Plan {
  base: Plan & { version: number };
}

const MOST_TASKS = 100;
const MOST_NEEDS = 20;
const MOST_LETTERS = 40;

export function planOf({ title, max_parallel, tasks }: Workflow): Plan {
  return { title, max_parallel, tasks: tasks.map(draftTask) };
}

export function draftOf(workflow: Workflow): Draft {
  const plan = planOf(workflow);
  return { ...plan, base: { ...plan, version: workflow.version } };
}

function draftTask({ key, title, description, agent, depends_on, expected_output, on_failure }: WorkflowTask): DraftTask {
  return { key, title, description, agent, depends_on, expected_output, on_failure };
}

export function isChanged({ base, title, max_parallel, tasks }: Draft): boolean {
  return title !== base.title || max_parallel !== base.max_parallel || !isSame(tasks, base.tasks);
}

export function isSame(one: readonly DraftTask[], other: readonly DraftTask[]): boolean {
  return one.length === other.length && one.every((task, index) => isSameTask(task, other[index]));
}

export function isSameTask(one: DraftTask, other: DraftTask | undefined): boolean {
  return other !== undefined && FIELDS.every((field) => isSameField(field, one, other));
}

export const FIELDS = ["key", "title", "agent", "description", "depends_on", "expected_output", "on_failure"] as const;

export type Field = (typeof FIELDS)[number];

export function isSameField(field: Field, one: DraftTask, other: DraftTask): boolean {
  if (field !== "depends_on") return one[field] === other[field];
  return one.depends_on.toSorted().join(" ") === other.depends_on.toSorted().join(" ");
}

/** Returns the tasks with a new one at the end, done by whoever does the last one; its key is new. */
export function added(tasks: readonly DraftTask[]): { tasks: DraftTask[]; key: string } {
  const key = freeKey("new", new Set(tasks.map((task) => task.key)));
  const agent = tasks.at(-1)?.agent ?? "";
  const task: DraftTask = { key, title: "", description: "", agent, depends_on: [], expected_output: "", on_failure: "skip" };
  return { tasks: [...tasks, task], key };
}

export const isFull = (tasks: readonly DraftTask[]): boolean => tasks.length >= MOST_TASKS;

/** Returns the tasks without one; those that waited for it wait for what it waited for, so that the order stays. */
export function removed(tasks: readonly DraftTask[], key: string): DraftTask[] {
  const needs = tasks.find((task) => task.key === key)?.depends_on ?? [];
  return tasks.filter((task) => task.key !== key).map((task) => waitingInstead(task, key, needs));
}

function waitingInstead(task: DraftTask, key: string, needs: readonly string[]): DraftTask {
  if (!task.depends_on.includes(key)) return task;
  const kept = task.depends_on.filter((needed) => needed !== key);
  return { ...task, depends_on: [...new Set([...kept, ...needs])].slice(0, MOST_NEEDS) };
}

export function moved(tasks: readonly DraftTask[], key: string, step: 1 | -1): readonly DraftTask[] {
  const at = tasks.findIndex((task) => task.key === key);
  const task = tasks[at];
  const to = at + step;
  if (task === undefined || to < 0 || to >= tasks.length) return tasks;
  return tasks.toSpliced(at, 1).toSpliced(to, 0, task);
}

export function changed(tasks: readonly DraftTask[], key: string, change: Partial<DraftTask>): DraftTask[] {
  return tasks.map((task) => (task.key === key ? { ...task, ...change } : task));
}

/** Returns why a task can't be made to wait for each other one; those that it can wait for are not in the map. */
export function whyNot(tasks: readonly DraftTask[], key: string): ReadonlyMap<string, string> {
  const task = tasks.find((one) => one.key === key);
  const reasons = new Map<string, string>();
  for (const other of dependantsOf(tasks, [key])) {
    const isDirect = tasks.find((one) => one.key === other)?.depends_on.includes(key);
    reasons.set(other, isDirect ? "waits for this one already" : "waits for this one over others");
  }
  if (task !== undefined && task.depends_on.length >= MOST_NEEDS) {
    for (const { key: other } of tasks) if (other !== key && !task.depends_on.includes(other) && !reasons.has(other)) reasons.set(other, `a task waits for ${MOST_NEEDS} others at most`);
  }
  return reasons;
}

/** Returns the tasks as they are sent: new ones get keys after their titles. */
export function tasksToSend({ tasks, base }: Draft): DraftTask[] {
  const known = new Set(base.tasks.map(({ key }) => key));
  const taken = new Set(tasks.map(({ key }) => key).filter((key) => known.has(key)));
  const names = new Map<string, string>();
  for (const { key, title } of tasks) {
    if (known.has(key)) continue;
    const name = freeKey(slug(title) || "task", taken);
    taken.add(name);
    names.set(key, name);
  }
  return tasks.map((task) => renamed(task, names));
}

/** Returns a task with other keys for itself and for what it waits for, where there are others. */
export function renamed(task: DraftTask, names: ReadonlyMap<string, string>): DraftTask {
  const named = (key: string): string => names.get(key) ?? key;
  return { ...task, key: named(task.key), depends_on: task.depends_on.map(named) };
}

/** Returns a draft in which tasks that have begun meanwhile are as they are, whatever was made of them. */
export function settled(draft: Draft, workflow: Workflow): Draft {
  const begun = new Map(workflow.tasks.filter(hasBegun).map((task) => [task.key, draftTask(task)]));
  const isRight = [...begun].every(([key, task]) => isSameTask(task, draft.tasks.find((one) => one.key === key)));
  if (isRight) return draft;
  const kept = draft.tasks.map((task) => begun.get(task.key) ?? task);
  const lost = [...begun.values()].filter(({ key }) => !draft.tasks.some((task) => task.key === key));
  return { ...draft, tasks: [...lost, ...kept] };
}

/** What is wrong with a draft before it is sent, by `key.field` or `title`. */
export function mistakes({ title, tasks }: Plan, handles: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  if (title.trim() === "") found.set("title", "Give the plan a title.");
  for (const task of tasks) {
    if (task.title.trim() === "") found.set(`${task.key}.title`, "Give the task a title.");
    if (task.agent === "") found.set(`${task.key}.agent`, "Choose who does it.");
    else if (handles.size > 0 && !handles.has(task.agent)) found.set(`${task.key}.agent`, `There is no active agent @${task.agent}; choose another.`);
  }
  return found;
}

/** Returns what the API refused, by `key.field`, from paths such as `tasks.2.depends_on`. */
export function refusedAt(fields: ReadonlyMap<string, string>, tasks: readonly DraftTask[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const [path, message] of fields) {
    const [, index, field = "title"] = /^tasks\.(\d+)(?:\.(\w+))?/.exec(path) ?? [];
    const task = index === undefined ? undefined : tasks[Number(index)];
    const place = task === undefined ? path : `${task.key}.${field}`;
    if (!found.has(place)) found.set(place, message);
  }
  return found;
}

function freeKey(wanted: string, taken: ReadonlySet<string>): string {
  if (wanted !== "new" && !taken.has(wanted)) return wanted;
  let number = wanted === "new" ? 1 : 2;
  while (taken.has(`${wanted}-${number}`)) number += 1;
  return `${wanted}-${number}`;
}

function slug(title: string): string {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return plain.slice(0, MOST_LETTERS).replace(/^-+|-+$/g, "");
}
