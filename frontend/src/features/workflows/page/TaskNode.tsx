import { Handle, Position, useReactFlow, type Node, type NodeProps } from "@xyflow/react";
import type { FocusEvent, ReactElement } from "react";
import type { Agent, WorkflowTask } from "@/api/types";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { taskLook } from "../words";
import { NODE } from "./layout";

interface Data extends Record<string, unknown> {
  task: WorkflowTask;
  agent: Agent | undefined;
  isChosen: boolean;
  /** Whether the plan goes from left to right. */
  isAcross: boolean;
  onChoose: (key: string) => void;
}

export type ShownTask = Node<Data, "task">;

/** A task in the graph: a button in the colour of its agent, with its state in words. */
export function TaskNode({ id, data, positionAbsoluteX: x, positionAbsoluteY: y }: NodeProps<ShownTask>): ReactElement {
  const { task, agent, isChosen, isAcross, onChoose } = data;
  const { setCenter, getZoom } = useReactFlow();
  const { word, icon, tone, isLive } = taskLook(task);
  /** Brings a task that the keyboard came to into view. */
  const onFocus = ({ currentTarget: button }: FocusEvent<HTMLElement>): void => {
    if (!button.matches(":focus-visible") || isInside(button, button.closest(".react-flow"))) return;
    void setCenter(x + NODE.width / 2, y + NODE.height / 2, { zoom: getZoom() });
  };
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
        onFocus={onFocus}
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
}

function isInside(element: Element, frame: Element | null): boolean {
  const inner = element.getBoundingClientRect();
  const outer = frame?.getBoundingClientRect();
  return outer !== undefined && inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;
}
