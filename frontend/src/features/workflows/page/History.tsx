import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { runsQuery, versionsQuery } from "../queries";
import { WorkflowStatus } from "../Status";
import { moment } from "../words";
import { VersionDiff } from "./VersionDiff";

/** How a plan became what it is, version by version, and what other runs of it there are. */
export function History({ workflow }: { workflow: Workflow }): ReactElement {
  return (
    <div className="mx-auto grid max-w-4xl content-start gap-8 p-4 sm:p-6">
      <Versions workflow={workflow} />
      <Runs workflow={workflow} />
    </div>
  );
}

function Versions({ workflow: { id, version: newest } }: { workflow: Workflow }): ReactElement {
  const { data, error, refetch } = useQuery(versionsQuery(id, newest));
  const [compared, setCompared] = useState<{ from: number; to: number } | null>(null);
  const { from, to } = compared ?? { from: newest - 1, to: newest };
  const options = (data ?? []).map(({ version, created_by: by }) => <option key={version} value={version}>Version {version}, {by}</option>);
  return (
    <section aria-labelledby="wf-versions" className="grid gap-3">
      <h2 id="wf-versions" className="text-lg font-semibold">Versions of the plan</h2>
      {error && <p role="alert" className="flex items-center gap-3 text-sm text-danger">{sentence(error)} <Button size="small" icon="retry" onClick={() => void refetch()}>Try again</Button></p>}
      <ol aria-label="Versions" className="grid gap-1.5">
        {(data ?? []).map(({ version, summary, created_by: by, created_at: at }) => (
          <li key={version} className="wf-version">
            <span className="font-medium tabular-nums">{version}</span>
            <span className="min-w-0 wrap-anywhere">{summary || "The plan was made."} <span className="text-xs text-faint">{by}, {moment(at)}</span></span>
            {version > 1 && (
              <Button size="small" kind="ghost" aria-pressed={from === version - 1 && to === version} aria-label={`Show what version ${version} changed`} onClick={() => setCompared({ from: version - 1, to: version })}>Show</Button>
            )}
          </li>
        ))}
      </ol>
      {newest > 1 && data && (
        <div className="grid gap-3 border-t border-line pt-4">
          <div className="grid grid-cols-2 gap-3 sm:max-w-md">
            <Field label="Compare">
              {(wiring) => <select {...wiring} className="field" value={from} onChange={(event) => setCompared({ from: Number(event.target.value), to })}>{options}</select>}
            </Field>
            <Field label="with">
              {(wiring) => <select {...wiring} className="field" value={to} onChange={(event) => setCompared({ from, to: Number(event.target.value) })}>{options}</select>}
            </Field>
          </div>
          <VersionDiff key={`${from} ${to}`} workflowId={id} from={from} to={to} />
        </div>
      )}
    </section>
  );
}

function Runs({ workflow }: { workflow: Workflow }): ReactElement {
  const { data, error } = useQuery(runsQuery(workflow));
  const others = (data ?? []).filter(({ id }) => id !== workflow.id);
  return (
    <section aria-labelledby="wf-runs" className="grid gap-3">
      <h2 id="wf-runs" className="text-lg font-semibold">Other runs</h2>
      {error && <p role="alert" className="text-sm text-danger">{sentence(error)}</p>}
      {data && others.length === 0 && <p className="text-sm text-soft">This plan has had no other run.</p>}
      <ul aria-label="Other runs" className="grid gap-1.5">
        {others.map((run) => (
          <li key={run.id} className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <WorkflowStatus workflow={run} />
            <Link to="/workflows/$workflowId" params={{ workflowId: run.id }} className="min-w-0 font-medium text-cyan wrap-anywhere hover:underline">{run.title}</Link>
            <span className="text-xs text-faint">{run.id === (workflow.root_id ?? workflow.id) ? "the first one, " : ""}{moment(run.created_at)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
