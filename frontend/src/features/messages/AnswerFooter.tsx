import { useState, type ReactElement } from "react";
import type { Message } from "@/api/types";
import { sentence } from "@/api/problem";
import { cancelTask, retryTask } from "@/realtime/tasks";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Measures } from "@/ui/Measures";
import { Sentence } from "@/ui/Sentence";
import { accountOf, type RunAccount } from "./runs";

/** What stands below an answer: how to stop it, how it went, and how to get another one. */
export function AnswerFooter({ message }: { message: Message }): ReactElement | null {
  const [isBusy, setIsBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  if (message.task_id === null) return null;
  const taskId = message.task_id;
  const run = accountOf(message);
  const attempt = (act: (id: string) => Promise<void>): void => {
    setIsBusy(true);
    setRefusal(null);
    act(taskId)
      .catch((error: unknown) => setRefusal(sentence(error)))
      .finally(() => setIsBusy(false));
  };
  return (
    <div className="mt-1.5 flex flex-col items-start gap-2">
      {message.status === "streaming" && (
        <Button icon="stop" size="small" disabled={isBusy} onClick={() => attempt(cancelTask)}>
          {isBusy ? "Stopping…" : "Stop"}
        </Button>
      )}
      {message.status === "failed" && (
        <Failure text={message.error?.message ?? "The answer failed."} isBusy={isBusy} onRetry={() => attempt(retryTask)} />
      )}
      {message.status === "cancelled" && (
        <p className="flex items-center gap-2 text-sm text-faint">
          <Icon name="stop" className="size-3.5" /> Stopped
          <Button kind="ghost" icon="retry" size="small" disabled={isBusy} onClick={() => attempt(retryTask)}>
            Retry
          </Button>
        </p>
      )}
      {message.status === "complete" && run && <Account run={run} />}
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

function Account({ run }: { run: RunAccount }): ReactElement {
  return (
    <Measures
      took={run.started_at === null ? null : Date.parse(run.finished_at) - Date.parse(run.started_at)}
      tokens={run.output_tokens}
      cost={run.cost_usd}
      isEstimated={run.estimated}
      model={run.model}
      isCut={run.finish === "length"}
    />
  );
}
