import { useEffect, useState, type ReactElement } from "react";
import type { Message, Task } from "@/api/types";
import { sentence } from "@/api/problem";
import { cancelTask, loadTask, retryTask, useTasks } from "@/realtime/tasks";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Sentence } from "@/ui/Sentence";
import { duration } from "./times";

const SETTLED_MS = 400;

/** What stands below an answer: how to stop it, how it went, and how to get another one. */
export function AnswerFooter({ message }: { message: Message }): ReactElement | null {
  const task = useTask(message.task_id);
  const [isBusy, setIsBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  if (message.task_id === null) return null;
  const taskId = message.task_id;
  const run = (act: (id: string) => Promise<void>): void => {
    setIsBusy(true);
    setRefusal(null);
    act(taskId)
      .catch((error: unknown) => setRefusal(sentence(error)))
      .finally(() => setIsBusy(false));
  };
  return (
    <div className="mt-1.5 flex flex-col items-start gap-2">
      {message.status === "streaming" && (
        <Button icon="stop" size="small" disabled={isBusy} onClick={() => run(cancelTask)}>
          {isBusy ? "Stopping…" : "Stop"}
        </Button>
      )}
      {message.status === "failed" && (
        <Failure text={message.error?.message ?? "The answer failed."} isBusy={isBusy} onRetry={() => run(retryTask)} />
      )}
      {message.status === "cancelled" && (
        <p className="flex items-center gap-2 text-sm text-faint">
          <Icon name="stop" className="size-3.5" /> Stopped
          <Button kind="ghost" icon="retry" size="small" disabled={isBusy} onClick={() => run(retryTask)}>
            Retry
          </Button>
        </p>
      )}
      {message.status === "complete" && task && <Measures task={task} />}
      {refusal && <p role="alert" className="text-sm text-danger">{refusal}</p>}
    </div>
  );
}

function Failure({ text, isBusy, onRetry }: { text: string; isBusy: boolean; onRetry: () => void }): ReactElement {
  return (
    <div className="flex max-w-2xl flex-wrap items-center gap-3 rounded-lg border border-danger/40 bg-danger/10 py-2 pr-2 pl-3 text-sm">
      <Icon name="warning" className="size-4 text-danger" />
      <p className="min-w-0 flex-1 basis-52 wrap-anywhere"><Sentence text={text} /></p>
      <Button icon="retry" size="small" disabled={isBusy} onClick={onRetry}>Retry</Button>
    </div>
  );
}

function Measures({ task }: { task: Task }): ReactElement | null {
  const { usage, started_at: from, finished_at: to, model } = task;
  const parts = [
    from && to ? duration(from, to) : null,
    usage.output_tokens === null ? null : `${usage.estimated ? "about " : ""}${usage.output_tokens} tokens`,
    model,
    task.finish === "length" ? "cut off at the agent's token limit" : null,
  ].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return <p className="text-xs text-faint tabular-nums">{parts.join(" · ")}</p>;
}

/** Returns a run; one that isn't known is loaded when its row stays in view. */
function useTask(taskId: string | null): Task | undefined {
  const task = useTasks((all) => (taskId === null ? undefined : all[taskId]));
  const isMissing = taskId !== null && task === undefined;
  useEffect(() => {
    if (!isMissing) return;
    const timer = setTimeout(() => loadTask(taskId).catch(() => undefined), SETTLED_MS); // only figures would be missing
    return () => clearTimeout(timer);
  }, [isMissing, taskId]);
  return task;
}
