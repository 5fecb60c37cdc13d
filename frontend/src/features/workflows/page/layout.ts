import { Graph, layout } from "@dagrejs/dagre";

export const NODE = { width: 208, height: 84 };

interface Node {
  key: string;
  depends_on: readonly string[];
}

export interface Place {
  x: number;
  y: number;
}

export type Direction = "LR" | "TB";

export interface Layout {
  direction: Direction;
  width: number;
  height: number;
  /** Where the tasks stand, as top left corners, by key. */
  places: ReadonlyMap<string, Place>;
}

/** Returns the plan laid out from left to right or from top to bottom, whichever is shown larger in a room of that size. */
export function bestLayout(tasks: readonly Node[], room: { width: number; height: number }): Layout {
  const across = layoutOf(tasks, "LR");
  const down = layoutOf(tasks, "TB");
  const scale = ({ width, height }: Layout): number => Math.min(1, room.width / width, room.height / height);
  return scale(down) > scale(across) ? down : across;
}

export function layoutOf(tasks: readonly Node[], direction: Direction): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: direction, nodesep: 28, ranksep: direction === "LR" ? 72 : 56 });
  graph.setDefaultEdgeLabel(() => ({}));
  const keys = new Set(tasks.map(({ key }) => key));
  for (const { key } of tasks) graph.setNode(key, { ...NODE });
  for (const { key, depends_on: needs } of tasks) {
    for (const needed of needs) if (keys.has(needed)) graph.setEdge(needed, key);
  }
  layout(graph);
  const { width = NODE.width, height = NODE.height } = graph.graph() as { width?: number; height?: number };
  const places = tasks.map(({ key }): [string, Place] => {
    const { x = 0, y = 0 } = graph.node(key);
    return [key, { x: x - NODE.width / 2, y: y - NODE.height / 2 }];
  });
  return { direction, width, height, places: new Map(places) };
}
