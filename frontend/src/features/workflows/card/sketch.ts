import type { WorkflowTask } from "@/api/types";
import { layersOf } from "../layers";

const GAP_X = 34;
const GAP_Y = 8;
const NAMED = { width: 132, height: 30 };
const PLAIN = { width: 26, height: 14 };
// Names can be read only in a drawing that is not made smaller.
const MOST_NAMED_LAYERS = 5;
const MOST_NAMED_ROWS = 5;

export interface Sketch {
  width: number;
  height: number;
  hasNames: boolean;
  box: { width: number; height: number };
  nodes: { task: WorkflowTask; x: number; y: number }[];
  edges: { id: string; path: string; isDone: boolean }[];
}

/** Returns a small drawing of a plan, from left to right. */
export function sketchOf(tasks: readonly WorkflowTask[]): Sketch {
  const layers = layersOf(tasks);
  const rows = Math.max(1, ...layers.map(({ length }) => length));
  const hasNames = layers.length <= MOST_NAMED_LAYERS && rows <= MOST_NAMED_ROWS;
  const box = hasNames ? NAMED : PLAIN;
  const height = rows * (box.height + GAP_Y) - GAP_Y;
  const nodes = layers.flatMap((layer, column) => {
    const top = (height - layer.length * (box.height + GAP_Y) + GAP_Y) / 2;
    return layer.map((task, row) => ({ task, x: column * (box.width + GAP_X), y: top + row * (box.height + GAP_Y) }));
  });
  const places = new Map(nodes.map((node) => [node.task.key, node]));
  const edges = nodes.flatMap(({ task, x, y }) =>
    task.depends_on.flatMap((key) => {
      const from = places.get(key);
      if (from === undefined) return [];
      const start = { x: from.x + box.width, y: from.y + box.height / 2 };
      const end = { x, y: y + box.height / 2 };
      const bend = start.x + GAP_X / 2;
      const path = `M${start.x} ${start.y}C${bend} ${start.y} ${end.x - GAP_X / 2} ${end.y} ${end.x} ${end.y}`;
      return [{ id: `${key} ${task.key}`, path, isDone: from.task.status === "completed" }];
    }),
  );
  return { width: layers.length * (box.width + GAP_X) - GAP_X, height, hasNames, box, nodes, edges };
}
