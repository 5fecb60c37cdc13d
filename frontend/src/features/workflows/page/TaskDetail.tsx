import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, type ReactElement, type ReactNode } from "react";
import { sentence } from "@/api/problem";
import type { Workflow, WorkflowTask } from "@/api/types";
import { refetch } from "@/realtime/conversations";
import { useLiveText } from "@/realtime/liveText";
import { Button, buttonLook, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Markdown } from "@/ui/markdown/Markdown";
import { Sentence } from "@/ui/Sentence";
import { actOnTask } from "../acts";
import { dependantsOf } from "../layers";
import { outputQuery } from "../queries";
import { TaskStatus } from "../Status";
import { useAttempt } from "../useAttempt";
import { useNow } from "../useNow";
import { counted, isOver, ON_FAILURE, price, span, took } from "../words";

interface Props {
  workflow: Workflow;
  task: WorkflowTask;
  onChoose: (key: string | undefined) => void;
}

/** One task of a workflow: what it is to do, where it is, and its output as it comes. */
export function TaskDetail({ workflow, task, onChoose }: Props): ReactElement {
  const elapsed = took(task.started_at, task.finished_at, useNow(task.status === "running"));
  const facts = [
    `@${task.agent}`,
    elapsed === null ? null : span(elapsed),
    task.attempts > 1 ? counted(task.attempts, "attempt") : null,
    price(task.cost_usd),
  ].filter((fact) => fact !== null);
  const { channel_id: channelId, message_id: thread } = workflow;
  return (
    <section aria-label={task.title} className="grid content-start gap-4">
      <div className="grid gap-2">
        <div className="flex items-start gap-2">
          <h2 className="min-w-0 flex-1 text-lg font-semibold wrap-anywhere">{task.title}</h2>
          <IconButton icon="close" label="Close the details" onClick={() => onChoose(undefined)} />
        </div>
        <div className="flex flex-wrap items-center gap-2"><TaskStatus task={task} /><span className="text-sm text-soft tabular-nums">{facts.join(" · ")}</span></div>
        {task.resuming && <p className="text-sm text-orange">Whoever ran this is gone. It is being taken up anew; nothing that was finished is run again.</p>}
        {task.retry_at && task.status === "pending" && <p className="text-sm text-orange">It failed, and is tried again at {new Date(task.retry_at).toLocaleTimeString()}.</p>}
        {task.reason && <p className="text-sm text-faint wrap-anywhere">{task.reason}</p>}
        {task.error && <p className="text-sm text-danger wrap-anywhere"><Sentence text={task.error.message} /></p>}
      </div>
      <Acts workflow={workflow} task={task}>
        {task.message_id && thread && (
          <Link to="/c/$channelId" params={{ channelId }} search={{ thread, m: task.message_id }} className={buttonLook("plain", "small")}>
            <Icon name="thread" className="size-3.5" />Open in the thread
          </Link>
        )}
      </Acts>
      <Output task={task} />
      {task.description && <Part title="What to do"><p className="whitespace-pre-wrap text-sm text-soft wrap-anywhere">{task.description}</p></Part>}
      {task.expected_output && <Part title="Expected output"><p className="whitespace-pre-wrap text-sm text-soft wrap-anywhere">{task.expected_output}</p></Part>}
      <Part title="Waits for"><Named tasks={workflow.tasks.filter(({ key }) => task.depends_on.includes(key))} none="Nothing: it begins at once" onChoose={onChoose} /></Part>
      <Part title="Waited for by"><Named tasks={workflow.tasks.filter(({ depends_on: needs }) => needs.includes(task.key))} none="No other task" onChoose={onChoose} /></Part>
      <Part title="If it fails"><p className="text-sm text-soft">{ON_FAILURE[task.on_failure]}.</p></Part>
    </section>
  );
}

function Acts({ workflow, task, children }: { workflow: Workflow; task: WorkflowTask; children: ReactNode }): ReactElement {
  const { isBusy, refusal, attempt } = useAttempt();
  const isUnderWay = workflow.status === "running" || workflow.status === "waiting";
  const hasEnded = task.status === "completed" || task.status === "failed" || task.status === "cancelled" || task.status === "skipped";
  const canSkip = isUnderWay && (task.status === "pending" || task.status === "failed" || task.status === "cancelled");
  const behind = dependantsOf(workflow.tasks, [task.key]).size;
  const run = (what: "retry" | "skip"): void => void attempt(() => actOnTask(workflow.id, task.id, what));
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap gap-2">
        {children}
        {hasEnded && (isUnderWay || isOver(workflow)) && (
          <Button size="small" icon="retry" disabled={isBusy} onClick={() => run("retry")}>{behind > 0 ? `Run again, with ${counted(behind, "task")} behind it` : "Run again"}</Button>
        )}
        {canSkip && <Button size="small" icon="skip" disabled={isBusy} onClick={() => run("skip")}>Skip</Button>}
      </div>
      {refusal && <p role="alert" className="text-sm text-danger">{refusal}</p>}
    </div>
  );
}

function Output({ task }: { task: WorkflowTask }): ReactElement | null {
  const isLive = task.status === "running";
  if (!task.message_id || (!isLive && task.status !== "completed" && !task.output)) return null;
  return (
    <Part title={isLive ? "Output so far" : "Output"}>
      <div className="wf-output">{isLive ? <Streaming messageId={task.message_id} /> : <Whole messageId={task.message_id} task={task} />}</div>
    </Part>
  );
}

function Streaming({ messageId }: { messageId: string }): ReactElement {
  const live = useLiveText(messageId);
  useEffect(() => {
    refetch(messageId).catch(() => undefined); // what was said before this was opened; the next piece tries again
  }, [messageId]);
  return live?.text ? <Markdown text={live.text} isLive /> : <p className="text-sm text-faint">Nothing yet</p>;
}

function Whole({ messageId, task }: { messageId: string; task: WorkflowTask }): ReactElement {
  const { data, error } = useQuery(outputQuery(messageId, `${task.task_id} ${task.attempts} ${task.status}`));
  const text = data?.content ?? task.output ?? "";
  if (error) return <p role="alert" className="text-sm text-danger">{sentence(error)}</p>;
  return text === "" ? <p className="text-sm text-faint">{data ? "It is empty." : "Loading…"}</p> : <Markdown text={text} />;
}

function Part({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <div className="grid gap-1">
      <h3 className="text-xs font-semibold text-faint">{title}</h3>
      {children}
    </div>
  );
}

function Named({ tasks, none, onChoose }: { tasks: readonly WorkflowTask[]; none: string; onChoose: (key: string) => void }): ReactElement {
  if (tasks.length === 0) return <p className="text-sm text-faint">{none}</p>;
  return (
    <ul className="flex flex-wrap gap-1.5">
      {tasks.map(({ id, key, title }) => <li key={id}><button type="button" className="wf-chip" onClick={() => onChoose(key)}>{title}</button></li>)}
    </ul>
  );
}
