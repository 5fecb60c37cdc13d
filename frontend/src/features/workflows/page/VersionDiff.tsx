import { useQueries } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { sentence } from "@/api/problem";
import { versionQuery } from "../queries";
import { diffOf, type FieldChange, type TaskChange } from "./diff";

const MARKS = { added: "Added", removed: "Removed", changed: "Changed" };

/** What is different between two versions of a plan. */
export function VersionDiff({ workflowId, from, to }: { workflowId: string; from: number; to: number }): ReactElement {
  const [before, after] = useQueries({ queries: [versionQuery(workflowId, from), versionQuery(workflowId, to)] });
  const error = before.error ?? after.error;
  if (error) return <p role="alert" className="text-sm text-danger">{sentence(error)}</p>;
  if (!before.data || !after.data) return <p role="status" className="text-sm text-faint">Loading…</p>;
  const { title, tasks, isReordered } = diffOf(before.data, after.data);
  if (!title && tasks.length === 0 && !isReordered) return <p className="text-sm text-soft">Their tasks are the same.</p>;
  return (
    <div className="grid gap-2.5">
      {title && <dl className="wf-diff"><Change change={title} isNew={false} /></dl>}
      {isReordered && <p className="text-sm text-soft">The tasks stand in another order.</p>}
      {tasks.map((task) => <Task key={task.key} task={task} />)}
    </div>
  );
}

function Task({ task: { kind, title, fields } }: { task: TaskChange }): ReactElement {
  return (
    <section aria-label={`${MARKS[kind]}: ${title}`} className="wf-diff" data-kind={kind}>
      <p className="font-medium wrap-anywhere"><span className="wf-diff-mark">{MARKS[kind]}</span> {title}</p>
      {fields.length > 0 && <dl className="grid gap-2">{fields.map((change) => <Change key={change.field} change={change} isNew={kind === "added"} />)}</dl>}
    </section>
  );
}

function Change({ change: { field, before, after }, isNew }: { change: FieldChange; isNew: boolean }): ReactElement {
  return (
    <div>
      <dt className="text-xs text-faint">{field}</dt>
      <dd className="grid gap-0.5 text-sm whitespace-pre-wrap wrap-anywhere">
        {!isNew && <del><span className="sr-only">before: </span>{before || "empty"}</del>}
        <ins><span className="sr-only">now: </span>{after || "empty"}</ins>
      </dd>
    </div>
  );
}
