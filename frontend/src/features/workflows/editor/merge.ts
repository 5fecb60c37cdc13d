import { FIELDS, isSameField, isSameTask, renamed, type Draft, type DraftTask, type Plan } from "./draft";

export interface Merged {
  draft: Draft;
  /** What both have changed, so that it is worth a look; each a sentence. */
  notes: string[];
}

const FIELD_WORDS = {
  key: "key",
  title: "title",
  agent: "agent",
  description: "description",
  depends_on: "what it waits for",
  expected_output: "expected output",
  on_failure: "what its failure means",
} as const;

/**
 * Returns my changes of a plan made once more to the newer plan of somebody else.
 *
 * Field by field: what I changed is as I want it, everything else as they have it. What waits for a task that is gone
 * no longer does.
 */
export function merged(mine: Draft, theirs: Plan & { version: number }): Merged {
  const notes: string[] = [];
  const base = byKey(mine.base.tasks);
  const there = byKey(theirs.tasks);
  const names = namesFor(mine, there);
  const own = mine.tasks.map((task) => renamed(task, names));
  const tasks = own.flatMap((task) => {
    const before = base.get(task.key);
    const now = there.get(task.key);
    if (before === undefined) return [task];
    if (now !== undefined) return [mergedTask(task, before, now, notes)];
    if (isSameTask(task, before)) return []; // they removed it, and I had not touched it
    notes.push(`“${task.title}” was removed meanwhile. You had changed it, so it comes back.`);
    return [task];
  });
  const mineKeys = new Set(own.map(({ key }) => key));
  for (const task of mine.base.tasks) {
    const now = there.get(task.key);
    if (!mineKeys.has(task.key) && now !== undefined && !isSameTask(task, now)) notes.push(`“${now.title}” was changed meanwhile. You had removed it, so it goes.`);
  }
  const added = theirs.tasks.filter(({ key }) => !base.has(key));
  const isReordered = order(own, base) !== order(mine.base.tasks, byKey(own));
  const all = isReordered ? inserted(tasks, added, theirs.tasks) : arranged([...tasks, ...added], theirs.tasks, own);
  const keys = new Set(all.map(({ key }) => key));
  return {
    draft: {
      base: theirs,
      title: mine.title === mine.base.title ? theirs.title : mine.title,
      max_parallel: mine.max_parallel === mine.base.max_parallel ? theirs.max_parallel : mine.max_parallel,
      tasks: all.map((task) => waiting(task, task.depends_on.filter((key) => keys.has(key)))),
    },
    notes,
  };
}

function mergedTask(mine: DraftTask, before: DraftTask, theirs: DraftTask, notes: string[]): DraftTask {
  const changed = FIELDS.filter((field) => !isSameField(field, mine, before));
  for (const field of changed) {
    if (!isSameField(field, theirs, before) && !isSameField(field, theirs, mine)) notes.push(`“${mine.title}”: both changed ${field === "depends_on" || field === "on_failure" ? "" : "the "}${FIELD_WORDS[field]}; yours stands.`);
  }
  return { ...theirs, ...Object.fromEntries(changed.map((field) => [field, mine[field]])) };
}

/** Returns other keys for tasks that I have added under keys which they have given to tasks of their own. */
function namesFor(mine: Draft, there: ReadonlyMap<string, DraftTask>): ReadonlyMap<string, string> {
  const base = byKey(mine.base.tasks);
  const taken = new Set([...there.keys(), ...mine.tasks.map(({ key }) => key)]);
  const names = new Map<string, string>();
  for (const { key } of mine.tasks) {
    if (base.has(key) || !there.has(key)) continue;
    let number = 2;
    while (taken.has(`${key}-${number}`)) number += 1;
    names.set(key, `${key}-${number}`);
    taken.add(`${key}-${number}`);
  }
  return names;
}

/** Puts tasks that they added behind those that stand before them in their plan. */
function inserted(tasks: DraftTask[], added: readonly DraftTask[], theirs: readonly DraftTask[]): DraftTask[] {
  return added.reduce((all, task) => {
    const before = theirs[theirs.indexOf(task) - 1];
    const at = before === undefined ? 0 : all.findIndex(({ key }) => key === before.key) + 1;
    return all.toSpliced(at === 0 && before !== undefined ? all.length : at, 0, task);
  }, tasks);
}

/** Puts the tasks in their order, and those that only I have behind those that stand before them in my plan. */
function arranged(tasks: readonly DraftTask[], theirs: readonly DraftTask[], own: readonly DraftTask[]): DraftTask[] {
  const known = byKey(tasks);
  const placed = theirs.flatMap(({ key }) => known.get(key) ?? []);
  const there = byKey(theirs);
  return inserted(placed, own.flatMap(({ key }) => (there.has(key) ? [] : (known.get(key) ?? []))), own.map((task) => known.get(task.key) ?? task));
}

const waiting = (task: DraftTask, needs: string[]): DraftTask => ({ ...task, depends_on: needs });

const byKey = (tasks: readonly DraftTask[]): ReadonlyMap<string, DraftTask> => new Map(tasks.map((task) => [task.key, task]));

const order = (tasks: readonly DraftTask[], among: ReadonlyMap<string, unknown>): string => tasks.filter(({ key }) => among.has(key)).map(({ key }) => key).join(" ");
