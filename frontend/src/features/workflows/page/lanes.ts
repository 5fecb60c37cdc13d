import type { WorkflowTask } from "@/api/types";

/** A task in the timeline: where it begins and how long it is, as shares of the whole, and in which row of its lane. */
export interface Bar {
  task: WorkflowTask;
  left: number;
  width: number;
  row: number;
}

export interface Lane {
  agent: string;
  rows: number;
  bars: Bar[];
}

export interface Timeline {
  /** Milliseconds from the first beginning to the last end, or to now. */
  length: number;
  lanes: Lane[];
  /** Tasks that have not begun, in the plan's order. */
  waiting: WorkflowTask[];
}

/** Returns the tasks that have begun as bars in one lane for each agent; those at the same time stand below each other. */
export function timelineOf(tasks: readonly WorkflowTask[], now: number): Timeline {
  const begun = tasks.flatMap((task) => (task.started_at === null ? [] : [{ task, from: Date.parse(task.started_at), to: endOf(task, now) }]));
  const first = Math.min(...begun.map(({ from }) => from));
  const length = Math.max(1_000, ...begun.map(({ to }) => to - first));
  const lanes = new Map<string, Lane & { ends: number[] }>();
  for (const { task, from, to } of begun.toSorted((one, other) => one.from - other.from)) {
    const lane = lanes.get(task.agent) ?? { agent: task.agent, rows: 0, bars: [], ends: [] };
    const free = lane.ends.findIndex((end) => end <= from);
    const row = free === -1 ? lane.ends.length : free;
    lane.ends[row] = to;
    lane.rows = lane.ends.length;
    lane.bars.push({ task, left: (from - first) / length, width: (to - from) / length, row });
    lanes.set(task.agent, lane);
  }
  return {
    length,
    lanes: [...lanes.values()].map(({ ends: _ends, ...lane }) => lane),
    waiting: tasks.filter(({ started_at: at }) => at === null),
  };
}

/** Returns round times for an axis of that length, about five of them, as milliseconds from its beginning. */
export function ticksOf(length: number): number[] {
  const step = STEPS.find((one) => length / one <= 6) ?? Math.ceil(length / 6 / HOUR) * HOUR;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, index) => index * step);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS = [1, 2, 5, 10, 20, 30].map((count) => count * SECOND).concat([1, 2, 5, 10, 20, 30].map((count) => count * MINUTE), [HOUR, 2 * HOUR, 6 * HOUR]);

function endOf({ started_at: from, finished_at: to }: WorkflowTask, now: number): number {
  const begin = Date.parse(from ?? "");
  return Math.max(begin, to === null ? now : Date.parse(to));
}
