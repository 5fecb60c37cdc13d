import type { ReactElement } from "react";
import type { Workflow } from "@/api/types";
import { useNow } from "./useNow";
import { counted, isOver, price, span, took } from "./words";

/** How far a workflow is: a bar, and in words what is done, how long it has taken and what it has cost so far. */
export function Measure({ workflow }: { workflow: Workflow }): ReactElement | null {
  const { progress, tasks, started_at: startedAt, finished_at: finishedAt, title } = workflow;
  const now = useNow(startedAt !== null && !isOver(workflow));
  const elapsed = took(startedAt, finishedAt, now);
  const failed = tasks.filter(({ status }) => status === "failed").length;
  const running = tasks.filter(({ status }) => status === "running").length;
  if (progress.total === 0) return null;
  const facts = [
    startedAt === null ? counted(progress.total, "task") : `${progress.completed} of ${counted(progress.total, "task")} completed`,
    running > 0 ? `${running} running` : null,
    failed > 0 ? `${failed} failed` : null,
    elapsed === null ? null : span(elapsed),
    price(workflow.cost_usd),
  ].filter((fact) => fact !== null);
  return (
    <div className="grid gap-1.5">
      {startedAt !== null && (
        <div
          role="progressbar"
          aria-label={`Progress of ${title}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={progress.percent}
          aria-valuetext={`${progress.completed} of ${progress.total} tasks completed`}
          className="wf-bar"
        >
          <div data-failed={failed > 0 || undefined} style={{ width: `${progress.percent}%` }} />
        </div>
      )}
      <p className="text-xs text-faint tabular-nums">{facts.join(" · ")}</p>
    </div>
  );
}
