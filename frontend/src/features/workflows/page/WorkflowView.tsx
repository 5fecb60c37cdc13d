import { Link } from "@tanstack/react-router";
import { lazy, Suspense, type ReactElement } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Actions } from "../Actions";
import { Decision } from "../Decision";
import { PlanEditor } from "../editor/PlanEditor";
import { Measure } from "../Measure";
import { StaleNote } from "../StaleNote";
import { WorkflowStatus } from "../Status";
import { isEditable, isOver } from "../words";
import { History } from "./History";
import { PauseToEdit } from "./PauseToEdit";
import { TaskDetail } from "./TaskDetail";
import { Timeline } from "./Timeline";
import "../workflows.css";
import "./page.css";

const PlanGraph = lazy(() => import("./PlanGraph").then((module) => ({ default: module.PlanGraph })));

const TABS = [["graph", "Graph"], ["timeline", "Timeline"], ["plan", "Plan"], ["history", "History"]] as const;

export type Tab = (typeof TABS)[number][0];

export const tabOf = (name: string | undefined): Tab => TABS.find(([tab]) => tab === name)?.[0] ?? "graph";

interface Props {
  workflow: Workflow;
  tab: Tab;
  /** The key of the task whose details are shown. */
  chosen: string | undefined;
  onChoose: (key: string | undefined) => void;
  onRerun: (made: Workflow) => void;
  onSaveAs: () => void;
}

/** A workflow with all there is to see of it and to do with it. */
export function WorkflowView({ workflow, tab, chosen, onChoose, onRerun, onSaveAs }: Props): ReactElement {
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="grid gap-3 border-b border-line px-4 pt-4 sm:px-6">
        <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
          <div className="grid min-w-56 flex-1 gap-2">
            <div className="flex flex-wrap items-center gap-2" role="status"><WorkflowStatus workflow={workflow} /></div>
            <Measure workflow={workflow} />
            {workflow.error && <p className="text-sm text-danger wrap-anywhere">{workflow.error.message}</p>}
          </div>
          <div className="flex flex-wrap items-start gap-2">
            <Actions workflow={workflow} onRerun={onRerun} />
            {/* Not beside the editor: what is being edited there would not be in it. */}
            {workflow.tasks.length > 0 && tab !== "plan" && <Button kind="ghost" icon="plus" onClick={onSaveAs}>Save as…</Button>}
          </div>
        </div>
        <StaleNote />
        <Decision workflow={workflow} />
        <nav aria-label="Views of the workflow" className="wf-tabs">
          {TABS.map(([name, label]) => (
            <Link key={name} to="/workflows/$workflowId" params={{ workflowId: workflow.id }} search={{ tab: name, task: chosen }} replace aria-current={name === tab ? "page" : undefined}>{label}</Link>
          ))}
        </nav>
      </div>
      <Pane workflow={workflow} tab={tab} chosen={chosen} onChoose={onChoose} onRerun={onRerun} />
    </div>
  );
}

function Pane({ workflow, tab, chosen, onChoose, onRerun }: Omit<Props, "onSaveAs">): ReactElement {
  const task = workflow.tasks.find(({ key }) => key === chosen);
  if (tab === "history") return <div className="wf-scroll"><History workflow={workflow} /></div>;
  if (workflow.tasks.length === 0) return <NoPlan workflow={workflow} />;
  if (tab === "plan") {
    return (
      <div className="wf-scroll">
        {isEditable(workflow) || isOver(workflow) ? <PlanEditor key={workflow.id} workflow={workflow} onRerun={onRerun} /> : <PauseToEdit workflow={workflow} />}
      </div>
    );
  }
  return (
    <div className="wf-split">
      {tab === "graph" ? (
        <div className="wf-graph">
          <Suspense fallback={<p role="status" className="p-8 text-center text-faint">Loading the graph…</p>}>
            <PlanGraph tasks={workflow.tasks} chosen={chosen} onChoose={onChoose} />
          </Suspense>
        </div>
      ) : (
        <div className="wf-scroll"><Timeline workflow={workflow} chosen={chosen} onChoose={onChoose} /></div>
      )}
      {task && <aside aria-label="The chosen task" className="wf-aside"><TaskDetail key={task.id} workflow={workflow} task={task} onChoose={onChoose} /></aside>}
    </div>
  );
}

function NoPlan({ workflow }: { workflow: Workflow }): ReactElement {
  const { status, channel_id: channelId, message_id: card, request } = workflow;
  return (
    <div className="grid flex-1 place-content-center justify-items-center gap-3 p-8 text-center text-soft">
      <p>{status === "planning" ? "The plan is being written. It appears here as soon as it is there." : "No plan came of this request."}</p>
      {request && <p className="max-w-xl text-sm text-faint wrap-anywhere">“{request}”</p>}
      {card && <Link to="/c/$channelId" params={{ channelId }} search={{ m: card }} className="inline-flex items-center gap-2 text-cyan hover:underline"><Icon name="thread" />See it in the channel</Link>}
    </div>
  );
}
