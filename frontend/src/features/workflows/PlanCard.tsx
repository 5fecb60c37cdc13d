import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { ApiError, sentence } from "@/api/problem";
import type { Workflow } from "@/api/types";
import { Button, buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { Actions } from "./Actions";
import { CardTasks } from "./card/CardTasks";
import { SketchView } from "./card/SketchView";
import { Decision } from "./Decision";
import { Measure } from "./Measure";
import { useWorkflow } from "./queries";
import { StaleNote } from "./StaleNote";
import { WorkflowStatus } from "./Status";
import "./workflows.css";

/** A plan in the conversation: what it is, how far it is, and what can be done with it. */
export function PlanCard({ workflowId, otherwise }: { workflowId: string; otherwise: ReactNode }): ReactElement {
  const { workflow, error, retry } = useWorkflow(workflowId);
  if (workflow) return <Card workflow={workflow} />;
  const isGone = error instanceof ApiError && error.status === 404;
  return (
    <>
      {otherwise}
      {error && !isGone && (
        <p role="alert" className="flex flex-wrap items-center gap-3 text-sm text-danger">
          {sentence(error)} <Button size="small" icon="retry" onClick={retry}>Try again</Button>
        </p>
      )}
    </>
  );
}

function Card({ workflow }: { workflow: Workflow }): ReactElement {
  const { id, title, metadata, error, tasks } = workflow;
  return (
    <div role="group" aria-label={`Plan: ${title}`} className="wf-card">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-1.5">
        <p className="min-w-0 flex-1 basis-48 font-semibold wrap-anywhere">{title}</p>
        <div role="status"><WorkflowStatus workflow={workflow} /></div>
        <Link to="/workflows/$workflowId" params={{ workflowId: id }} className={buttonLook("ghost", "small")}>
          <Icon name="workflow" className="size-3.5" />Open<span className="sr-only"> the workflow {title}</span>
        </Link>
      </div>
      <Said text={metadata["intro"]} className="text-sm text-soft" />
      <Said text={metadata["notice"]} className="text-sm text-orange" />
      <StaleNote />
      <Measure workflow={workflow} />
      {error && <p className="text-sm text-danger wrap-anywhere">{error.message}</p>}
      <Decision workflow={workflow} />
      {tasks.length > 0 && <SketchView tasks={tasks} />}
      {tasks.length > 0 && <CardTasks workflow={workflow} />}
      <Actions workflow={workflow} hasEdit onRerun={() => notify("It runs again, as a new plan at the end of the channel.")} />
    </div>
  );
}

function Said({ text, className }: { text: unknown; className: string }): ReactElement | null {
  return typeof text === "string" && text !== "" ? <p className={`${className} wrap-anywhere whitespace-pre-line`}>{text}</p> : null;
}
