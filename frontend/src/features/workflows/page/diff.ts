import type { PlanTask } from "@/api/types";
import { ON_FAILURE } from "../words";

export interface FieldChange {
  field: string;
  before: string;
  after: string;
}

export interface TaskChange {
  key: string;
  title: string;
  kind: "added" | "removed" | "changed";
  fields: FieldChange[];
}

interface Plan {
  title: string;
  tasks: readonly PlanTask[];
}

export interface PlanDiff {
  title: FieldChange | null;
  tasks: TaskChange[];
  /** Whether tasks that are in both stand in another order. */
  isReordered: boolean;
}

const FIELDS: readonly (readonly [string, (task: PlanTask, titles: ReadonlyMap<string, string>) => string])[] = [
  ["Title", ({ title }) => title],
  ["Agent", ({ agent }) => `@${agent}`],
  ["Waits for", ({ depends_on: needs = [] }, titles) => needs.map((key) => titles.get(key) ?? key).toSorted().join(", ") || "nothing"],
  ["What to do", ({ description = "" }) => description],
  ["Expected output", ({ expected_output: expected = "" }) => expected],
  ["If it fails", ({ on_failure: then = "skip" }) => ON_FAILURE[then]],
];

/** Returns what is different in the second of two forms of a plan: changed and new tasks in its order, then those that are gone. */
export function diffOf(before: Plan, after: Plan): PlanDiff {
  const old = new Map(before.tasks.map((task) => [task.key, task]));
  const now = new Map(after.tasks.map((task) => [task.key, task]));
  const titles = titlesOf([...before.tasks, ...after.tasks]);
  const tasks = after.tasks.flatMap((task): TaskChange[] => {
    const was = old.get(task.key);
    const fields = fieldsOf(was, task, titles);
    if (fields.length === 0) return [];
    return [{ key: task.key, title: task.title, kind: was ? "changed" : "added", fields }];
  });
  const gone = before.tasks
    .filter(({ key }) => !now.has(key))
    .map((task): TaskChange => ({ key: task.key, title: task.title, kind: "removed", fields: [] }));
  const orderOf = (plan: Plan): string => plan.tasks.map(({ key }) => key).filter((key) => old.has(key) && now.has(key)).join(" ");
  return {
    title: before.title === after.title ? null : { field: "Title of the plan", before: before.title, after: after.title },
    tasks: [...tasks, ...gone],
    isReordered: orderOf(before) !== orderOf(after),
  };
}

function fieldsOf(was: PlanTask | undefined, task: PlanTask, titles: ReadonlyMap<string, string>): FieldChange[] {
  return FIELDS.flatMap(([field, read]) => {
    const before = was ? read(was, titles) : "";
    const after = read(task, titles);
    const isTold = was ? before !== after : after !== "" && field !== "Title";
    return isTold ? [{ field, before, after }] : [];
  });
}

const titlesOf = (tasks: readonly PlanTask[]): ReadonlyMap<string, string> => new Map(tasks.map(({ key, title }) => [key, title]));
