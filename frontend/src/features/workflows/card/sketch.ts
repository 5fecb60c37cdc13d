import type { WorkflowTask } from "@/api/types";
import { layersOf } from "../layers";

const GAP_X = 34;
const GAP_Y = 8;
const WHOLE = 664; // the card's inner width where there is room enough
const NAMED = { narrowest: 100, widest: 190, height: 30 };
const PLAIN = { width: 26, height: 14 };
const LETTER = 6.7;
// Names can be read only in a drawing that is not made smaller.
const MOST_NAMED_LAYERS = 5;
const MOST_NAMED_ROWS = 5;

export interface Sketch {
  width: number;
  height: number;
  hasNames: boolean;
  /** How many letters of a name fit into a box. */
  letters: number;
  box: { width: number; height: number };
  nodes: { task: WorkflowTask; x: number; y: number }[];
  edges: { id: string; path: string; isDone: boolean }[];
}

/** Returns a small drawing of a plan, from left to right. */
export function sketchOf(tasks: readonly WorkflowTask[]): Sketch {
  const layers = layersOf(tasks);
  const rows = Math.max(1, ...layers.map(({ length }) => length));
  const hasNames = layers.length <= MOST_NAMED_LAYERS && rows <= MOST_NAMED_ROWS;
  const room = (WHOLE - (layers.length - 1) * GAP_X) / layers.length;
  const box = hasNames ? { width: Math.min(NAMED.widest, Math.max(NAMED.narrowest, Math.floor(room))), height: NAMED.height } : PLAIN;
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
  return { width: layers.length * (box.width + GAP_X) - GAP_X, height, hasNames, letters: Math.floor((box.width - 18) / LETTER), box, nodes, edges };
}
