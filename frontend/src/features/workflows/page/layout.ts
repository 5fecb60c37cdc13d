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

/** Returns where the tasks of a plan stand in its graph, as top left corners, by key. */
export function layoutOf(tasks: readonly Node[], direction: "LR" | "TB"): ReadonlyMap<string, Place> {
  const graph = new Graph();
  graph.setGraph({ rankdir: direction, nodesep: 28, ranksep: direction === "LR" ? 72 : 56 });
  graph.setDefaultEdgeLabel(() => ({}));
  const keys = new Set(tasks.map(({ key }) => key));
  for (const { key } of tasks) graph.setNode(key, { ...NODE });
  for (const { key, depends_on: needs } of tasks) {
    for (const needed of needs) if (keys.has(needed)) graph.setEdge(needed, key);
  }
  layout(graph);
  return new Map(
    tasks.map(({ key }) => {
      const { x = 0, y = 0 } = graph.node(key);
      return [key, { x: x - NODE.width / 2, y: y - NODE.height / 2 }];
    }),
  );
}
