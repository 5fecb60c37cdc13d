import { Background, Controls, Handle, MarkerType, Position, ReactFlow, ReactFlowProvider, useReactFlow, type Edge, type Node, type NodeProps } from "@xyflow/react";
import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import type { Agent, WorkflowTask } from "@/api/types";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { taskLook } from "../words";
import { bestLayout, NODE } from "./layout";
import "@xyflow/react/dist/base.css";

const NODE_TYPES = { task: TaskNode };
const FIT = { padding: 0.12, maxZoom: 1 };
// From this width on, the details stand beside the graph, and are this wide.
const WIDE_PX = 960;
const DETAILS_PX = 390;
const WORDS = { "controls.ariaLabel": "Zoom", "controls.zoomIn.ariaLabel": "Zoom in", "controls.zoomOut.ariaLabel": "Zoom out", "controls.fitView.ariaLabel": "Show the whole plan" };

type Shown = Node<{ task: WorkflowTask; agent: Agent | undefined; isChosen: boolean; isAcross: boolean; onChoose: (key: string) => void }, "task">;

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
  const { fitView } = useReactFlow();
  const { places, direction } = useMemo(() => bestLayout(JSON.parse(shape) as { key: string; depends_on: string[] }[], room), [shape, room]);
  const isAcross = direction === "LR";
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const seen = new ResizeObserver(() => void fitView(FIT));
    if (frame.current) seen.observe(frame.current);
    return () => seen.disconnect();
  }, [fitView]);
  const nodes = tasks.map((task): Shown => ({
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

function TaskNode({ id, data: { task, agent, isChosen, isAcross, onChoose } }: NodeProps<Shown>): ReactElement {
  const { setCenter, getZoom } = useReactFlow();
  const { word, icon, tone, isLive } = taskLook(task);
  return (
    <>
      <Handle type="target" position={isAcross ? Position.Left : Position.Top} isConnectable={false} />
      <button
        type="button"
        aria-pressed={isChosen}
        data-tone={tone}
        data-live={isLive || undefined}
        className="wf-flow-node nopan"
        style={{ ["--agent" as string]: colorOf(agent) }}
        onClick={() => onChoose(id)}
        onFocus={(event) => {
          if (!event.currentTarget.matches(":focus-visible")) return;
          const at = event.currentTarget.closest(".react-flow__node")?.getAttribute("data-id");
          if (at === id) void centerOn(event.currentTarget);
        }}
      >
        <span className="wf-flow-title">{task.title}</span>
        <span className="flex items-center gap-1.5 text-xs">
          <span className="wf-flow-state"><Icon name={icon} className="size-3.5" />{word}</span>
          <span className="ml-auto truncate text-faint">@{task.agent}</span>
        </span>
      </button>
      <Handle type="source" position={isAcross ? Position.Right : Position.Bottom} isConnectable={false} />
    </>
  );

  /** Brings a task that the keyboard came to into view. */
  async function centerOn(button: HTMLElement): Promise<void> {
    const frame = button.closest(".react-flow")?.getBoundingClientRect();
    const box = button.getBoundingClientRect();
    if (frame && box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom) return;
    const place = /translate\(([-\d.]+)px, ?([-\d.]+)px\)/.exec(button.closest<HTMLElement>(".react-flow__node")?.style.transform ?? "");
    if (place) await setCenter(Number(place[1]) + NODE.width / 2, Number(place[2]) + NODE.height / 2, { zoom: getZoom() });
  }
}
