import { useMemo, type ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import type { WorkflowTask } from "@/api/types";
import { colorOf } from "@/ui/color";
import { taskLook } from "../words";
import { sketchOf } from "./sketch";

const MARGIN = 3;

/** A drawing of a plan. All it says stands in the list of tasks too. */
export function SketchView({ tasks }: { tasks: readonly WorkflowTask[] }): ReactElement | null {
  const sketch = useMemo(() => sketchOf(tasks), [tasks]);
  const agents = useAgentsById();
  if (tasks.length < 2) return null;
  const { width, height, box, nodes, edges, hasNames, letters } = sketch;
  return (
    <svg
      aria-hidden="true"
      className="wf-sketch"
      viewBox={`${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}`}
      width={width + 2 * MARGIN}
      height={height + 2 * MARGIN}
    >
      {edges.map(({ id, path, isDone }) => <path key={id} d={path} className="wf-edge" data-done={isDone || undefined} />)}
      {nodes.map(({ task, x, y }) => {
        const { tone, isLive } = taskLook(task);
        return (
          <g key={task.id} transform={`translate(${x} ${y})`} className="wf-node" data-tone={tone} data-live={isLive || undefined}>
            <title>{task.title}</title>
            <rect width={box.width} height={box.height} rx={hasNames ? 7 : 4} />
            {hasNames && <rect x="0" y="6" width="3" height={box.height - 12} rx="1.500" className="wf-node-agent" style={{ fill: colorOf(agents.get(task.agent_id ?? "")) }} />}
            {hasNames && <text x="11" y={box.height / 2 + 4}>{shortened(task.title, letters)}</text>}
          </g>
        );
      })}
    </svg>
  );
}

function shortened(title: string, most: number): string {
  const letters = [...title];
  return letters.length > most ? `${letters.slice(0, most - 1).join("").trimEnd()}…` : title;
}
