import { Background, Controls, MarkerType, ReactFlow, ReactFlowProvider, useReactFlow, type Edge } from "@xyflow/react";
import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import type { WorkflowTask } from "@/api/types";
import { bestLayout, NODE } from "./layout";
import { TaskNode, type ShownTask } from "./TaskNode";
import "@xyflow/react/dist/base.css";

const NODE_TYPES = { task: TaskNode };
const FIT = { padding: 0.12, maxZoom: 1 };
// From this width on, the details stand beside the graph, and are this wide.
const WIDE_PX = 960;
const DETAILS_PX = 390;
const WORDS = { "controls.ariaLabel": "Zoom", "controls.zoomIn.ariaLabel": "Zoom in", "controls.zoomOut.ariaLabel": "Zoom out", "controls.fitView.ariaLabel": "Show the whole plan" };

interface Props {
  tasks: readonly WorkflowTask[];
  /** The key of the task whose details are shown. */
  chosen: string | undefined;
  onChoose: (key: string) => void;
}

/** A plan as a graph. Each task is a button; the keyboard goes from one to the next in the plan's order. */
export function PlanGraph(props: Props): ReactElement {
  const [room, setRoom] = useState<Room | null>(null);
  // The places change with the plan only, not with what its tasks do.
  const shape = JSON.stringify(props.tasks.map(({ key, depends_on }) => ({ key, depends_on })));
  return (
    <div ref={(frame) => frame && room === null ? setRoom(roomIn(frame)) : undefined} className="h-full">
      {room && (
        <ReactFlowProvider key={shape}>
          <Flow {...props} shape={shape} room={room} />
        </ReactFlowProvider>
      )}
    </div>
  );
}

type Room = { width: number; height: number };

/** Returns the room that is left for the graph once the details of a task stand beside it. */
function roomIn(frame: HTMLElement): Room {
  const parent = frame.closest(".wf-split") ?? frame;
  return { width: parent.clientWidth - (window.innerWidth >= WIDE_PX ? DETAILS_PX : 0), height: parent.clientHeight };
}

function Flow({ tasks, chosen, onChoose, shape, room }: Props & { shape: string; room: Room }): ReactElement {
  const agents = useAgentsById();
  const { fitView, setCenter, getZoom } = useReactFlow();
  const { places, direction } = useMemo(() => bestLayout(JSON.parse(shape) as { key: string; depends_on: string[] }[], room), [shape, room]);
  const isAcross = direction === "LR";
  const frame = useRef<HTMLDivElement>(null);
  const isMoved = useRef(false); // by the user, who wants to see it like that
  const inView = useRef<() => unknown>(() => undefined);
  useEffect(() => {
    const place = chosen === undefined ? undefined : places.get(chosen);
    inView.current = () => {
      if (!isMoved.current) void fitView(FIT);
      else if (place) void setCenter(place.x + NODE.width / 2, place.y + NODE.height / 2, { zoom: getZoom() });
    };
  });
  useEffect(() => {
    const seen = new ResizeObserver(() => inView.current());
    if (frame.current) seen.observe(frame.current);
    return () => seen.disconnect();
  }, []);
  const nodes = tasks.map((task): ShownTask => ({
    id: task.key,
    type: "task",
    position: places.get(task.key) ?? { x: 0, y: 0 },
    ...NODE,
    data: { task, agent: agents.get(task.agent_id ?? ""), isChosen: task.key === chosen, isAcross, onChoose },
  }));
  return (
    <ReactFlow
      ref={frame}
      aria-label="The plan as a graph"
      nodes={nodes}
      edges={edgesOf(tasks)}
      nodeTypes={NODE_TYPES}
      ariaLabelConfig={WORDS}
      fitView
      fitViewOptions={FIT}
      onMoveEnd={(event) => {
        isMoved.current ||= event !== null;
      }}
      minZoom={0.1}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      deleteKeyCode={null}
      zoomOnDoubleClick={false}
      disableKeyboardA11y
    >
      <Background gap={22} />
      <Controls showInteractive={false} fitViewOptions={FIT} />
    </ReactFlow>
  );
}

function edgesOf(tasks: readonly WorkflowTask[]): Edge[] {
  const byKey = new Map(tasks.map((task) => [task.key, task]));
  return tasks.flatMap((task) =>
    task.depends_on.map((key) => {
      const isDone = byKey.get(key)?.status === "completed";
      return {
        id: `${key} ${task.key}`,
        source: key,
        target: task.key,
        className: isDone ? "wf-flow-done" : "",
        animated: isDone && task.status === "running",
        markerEnd: { type: MarkerType.ArrowClosed, color: "var(--wf-edge)" },
        domAttributes: { "aria-hidden": true }, // the details of a task name what it waits for
      };
    }),
  );
}
