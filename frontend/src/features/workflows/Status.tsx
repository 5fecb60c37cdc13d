import type { ReactElement } from "react";
import type { Workflow, WorkflowTask } from "@/api/types";
import { Icon } from "@/ui/Icon";
import { taskLook, workflowLook, type Look } from "./words";

/** Where a workflow is, in words. */
export function WorkflowStatus({ workflow }: { workflow: Pick<Workflow, "status" | "waiting_for"> }): ReactElement {
  return <Badge look={workflowLook(workflow)} />;
}

/** Where a task is, in words. */
export function TaskStatus({ task }: { task: Pick<WorkflowTask, "status" | "resuming" | "retry_at"> }): ReactElement {
  return <Badge look={taskLook(task)} />;
}

/** A word with its drawing and colour. */
export function Badge({ look: { word, icon, tone, isLive } }: { look: Look }): ReactElement {
  return (
    <span className="wf-badge" data-tone={tone} data-live={isLive || undefined}>
      <Icon name={icon} className="size-3.5" />
      {word}
    </span>
  );
}
