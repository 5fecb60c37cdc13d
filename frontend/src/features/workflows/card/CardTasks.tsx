import { Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import type { Workflow, WorkflowTask } from "@/api/types";
import { colorOf, readable } from "@/ui/color";
import { Sentence } from "@/ui/Sentence";
import { TaskStatus } from "../Status";
import { useNow } from "../useNow";
import { span, took } from "../words";

const SHOWN = 6;

/** The tasks of a plan in its order, each with its state and the way to its answer. */
export function CardTasks({ workflow }: { workflow: Workflow }): ReactElement {
  const [isOpen, setIsOpen] = useState(false);
  const { tasks } = workflow;
  const isLong = tasks.length > SHOWN + 1;
  const shown = isLong && !isOpen ? foremost(tasks, SHOWN) : tasks;
  return (
    <div>
      <ol className="wf-tasks">
        {shown.map((task) => <li key={task.id} value={tasks.indexOf(task) + 1}><TaskLine workflow={workflow} task={task} /></li>)}
      </ol>
      {isLong && (
        <button type="button" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)} className="mt-1.5 rounded text-sm font-medium text-cyan hover:underline">
          {isOpen ? "Show fewer tasks" : `Show all ${tasks.length} tasks`}
        </button>
      )}
    </div>
  );
}

/** Returns so many tasks: those at work and those that failed before the others, all in the plan's order. */
function foremost(tasks: readonly WorkflowTask[], count: number): WorkflowTask[] {
  const chosen = new Set(tasks.toSorted((one, other) => rank(one) - rank(other)).slice(0, count));
  return tasks.filter((task) => chosen.has(task));
}

const FIRST: readonly WorkflowTask["status"][] = ["running", "failed", "ready"];

function rank({ status }: WorkflowTask): number {
  const at = FIRST.indexOf(status);
  return at === -1 ? FIRST.length : at;
}

function TaskLine({ workflow, task }: { workflow: Workflow; task: WorkflowTask }): ReactElement {
  const agent = useAgentsById().get(task.agent_id ?? "");
  const elapsed = took(task.started_at, task.finished_at, useNow(task.status === "running"));
  const { channel_id: channelId, message_id: thread } = workflow;
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5">
        <TaskStatus task={task} />
        <span className="min-w-0 wrap-anywhere">
          {task.message_id && thread ? (
            <Link to="/c/$channelId" params={{ channelId }} search={{ thread, m: task.message_id }} className="font-medium hover:underline">{task.title}</Link>
          ) : (
            <span className="font-medium">{task.title}</span>
          )}
        </span>
        <span className="text-xs" style={{ color: readable(colorOf(agent)) }}>@{task.agent}</span>
        {elapsed !== null && <span className="text-xs text-faint tabular-nums">{span(elapsed)}</span>}
      </div>
      {task.status === "failed" && task.error && <p className="text-xs text-danger wrap-anywhere"><Sentence text={task.error.message} /></p>}
      {task.depends_on.length > 0 && task.status === "pending" && <p className="text-xs text-faint wrap-anywhere">after {titlesOf(workflow, task.depends_on)}</p>}
    </>
  );
}

function titlesOf({ tasks }: Workflow, keys: readonly string[]): string {
  return keys.map((key) => tasks.find((task) => task.key === key)?.title ?? key).join(", ");
}
