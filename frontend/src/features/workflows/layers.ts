interface Node {
  key: string;
  depends_on?: readonly string[];
}

/**
 * Returns tasks by how many others must be done one after the other before them: the first layer waits for nothing.
 * Dependencies that are not there count as done; tasks that wait for each other in a ring come last, together.
 */
export function layersOf<T extends Node>(tasks: readonly T[]): T[][] {
  const layers: T[][] = [];
  const placed = new Set<string>();
  const keys = new Set(tasks.map(({ key }) => key));
  let left = [...tasks];
  while (left.length > 0) {
    const isFree = ({ depends_on: needs = [] }: T): boolean => needs.every((key) => !keys.has(key) || placed.has(key));
    const layer = left.filter(isFree);
    if (layer.length === 0) return [...layers, left];
    for (const { key } of layer) placed.add(key);
    left = left.filter(({ key }) => !placed.has(key));
    layers.push(layer);
  }
  return layers;
}

/** Returns the keys of all tasks that wait for one of these, directly or over others; not the given ones themselves. */
export function dependantsOf(tasks: readonly Node[], given: readonly string[]): Set<string> {
  const found = new Set<string>();
  const left = [...given];
  for (let key = left.pop(); key !== undefined; key = left.pop()) {
    for (const task of tasks) {
      if (!task.depends_on?.includes(key) || found.has(task.key)) continue;
      found.add(task.key);
      left.push(task.key);
    }
  }
  for (const key of given) found.delete(key);
  return found;
}
