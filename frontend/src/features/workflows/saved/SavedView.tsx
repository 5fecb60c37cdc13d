import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement, ReactNode } from "react";
import { useAgents } from "@/api/hooks";
import type { SavedWorkflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { colorOf, readable } from "@/ui/color";
import { WorkflowStatus } from "../Status";
import { Triggers } from "../triggers/Triggers";
import { moment } from "../words";
import { isAsked } from "./placeholders";
import { madeOf, recentQuery } from "./queries";
import "../workflows.css";
import "./saved.css";

const SHOWN_RUNS = 5;

interface Props {
  saved: SavedWorkflow;
  onUse: () => void;
  onEdit: () => void;
  onDelete: () => void;
}

/** A saved workflow: what it asks for and does, what starts it by itself, and what came of it. */
export function SavedView({ saved, onUse, onEdit, onDelete }: Props): ReactElement {
  const { description, is_demo: isDemo } = saved;
  return (
    <div className="mx-auto grid max-w-4xl gap-8 p-4 sm:p-6">
      <div className="flex flex-wrap items-start gap-3">
        <p className="min-w-0 flex-1 basis-64 text-soft wrap-anywhere">{description || "No description."}</p>
        <div className="flex flex-wrap gap-2">
          <Button kind="primary" icon="play" onClick={onUse}>Use</Button>
          {!isDemo && <Button icon="edit" onClick={onEdit}>Edit</Button>}
          {!isDemo && <Button kind="danger" icon="trash" onClick={onDelete}>Delete</Button>}
        </div>
      </div>
      <Asked saved={saved} />
      <Tasks saved={saved} />
      <Triggers saved={saved} />
      <Runs savedId={saved.id} />
    </div>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }): ReactElement {
  return (
    <section aria-labelledby={id} className="grid gap-3">
      <h2 id={id} className="text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function Asked({ saved: { parameters } }: { saved: SavedWorkflow }): ReactElement {
  return (
    <Section id="saved-asked" title="What it asks for">
      {parameters.length === 0 && <p className="text-sm text-soft">Nothing: it is the same every time.</p>}
      {parameters.length > 0 && (
        <ul aria-label="Parameters" className="saved-facts">
          {parameters.map((parameter) => (
            <li key={parameter.name}>
              <span className="flex flex-wrap items-baseline gap-x-2.5">
                <span className="font-medium wrap-anywhere">{parameter.name}</span>
                <span className="text-xs text-faint">{isAsked(parameter) ? "required" : parameter.default ? "" : "may be empty"}</span>
              </span>
              {parameter.description && <span className="text-sm text-soft wrap-anywhere">{parameter.description}</span>}
              {parameter.default && <span className="text-xs text-faint wrap-anywhere">Default: {parameter.default}</span>}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Tasks({ saved: { tasks } }: { saved: SavedWorkflow }): ReactElement {
  const agents = useAgents();
  const titleOf = (key: string): string => tasks.find((task) => task.key === key)?.title ?? key;
  return (
    <Section id="saved-tasks" title="What it does">
      <ol aria-label="Tasks" className="wf-tasks">
        {tasks.map(({ key, title, agent, depends_on: needs = [] }) => (
          <li key={key}>
            <span className="font-medium wrap-anywhere">{title}</span>
            <span className="ml-2 text-xs" style={{ color: readable(colorOf(agents.find(({ handle }) => handle === agent))) }}>@{agent}</span>
            {needs.length > 0 && <span className="ml-2 text-xs text-faint wrap-anywhere">after {needs.map(titleOf).join(", ")}</span>}
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Runs({ savedId }: { savedId: string }): ReactElement {
  const { data } = useQuery(recentQuery);
  const runs = madeOf(data, savedId).slice(0, SHOWN_RUNS);
  return (
    <Section id="saved-runs" title="What was made of it">
      {data && runs.length === 0 && <p className="text-sm text-soft">Nothing lately.</p>}
      <ul aria-label="Its last workflows" className="grid gap-1.5">
        {runs.map((run) => (
          <li key={run.id} className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <WorkflowStatus workflow={run} />
            <Link to="/workflows/$workflowId" params={{ workflowId: run.id }} className="min-w-0 font-medium text-cyan wrap-anywhere hover:underline">{run.title}</Link>
            <span className="text-xs text-faint">{run.created_by}, {moment(run.created_at)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
