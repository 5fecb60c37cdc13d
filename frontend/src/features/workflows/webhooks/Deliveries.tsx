import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Delivery } from "@/api/types";
import { Button } from "@/ui/Button";
import { Log } from "../log/Log";
import { Badge } from "../Status";
import { useAttempt } from "../useAttempt";
import { counted, moment } from "../words";
import { deliveriesQuery, redeliver } from "./queries";
import { deliveryLook, eventWord } from "./words";

/** What became of the calls of a webhook. */
export function Deliveries({ webhookId, isActive }: { webhookId: string; isActive: boolean }): ReactElement {
  return (
    <Log label="Calls" query={deliveriesQuery(webhookId)} none="Nothing was to be told in the last 30 days.">
      {(delivery) => <Row delivery={delivery} isActive={isActive} />}
    </Log>
  );
}

function Row({ delivery, isActive }: { delivery: Delivery; isActive: boolean }): ReactElement {
  const { workflow_id: workflowId, event, status, attempts, next_at: next, response_status: answer, error, created_at: at } = delivery;
  const { isBusy, refusal, attempt } = useAttempt();
  const again = status === "waiting" ? "Try now" : "Send again";
  const facts = [attempts > 1 ? counted(attempts, "try", "tries") : null, answer === null ? null : `answered ${answer}`, moment(at)];
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge look={deliveryLook(delivery)} />
        {workflowId ? <Link to="/workflows/$workflowId" params={{ workflowId }} className="text-cyan hover:underline">A workflow {eventWord(event)}</Link> : <span>A workflow {eventWord(event)}</span>}
        <span className="text-faint">{facts.filter(Boolean).join(" · ")}</span>
        {isActive && (status !== "waiting" || isFar(next)) && (
          <Button size="small" kind="ghost" icon="retry" className="ml-auto" disabled={isBusy} aria-label={`${again}, of ${moment(at)}`} onClick={() => void attempt(() => redeliver(delivery))}>{again}</Button>
        )}
      </div>
      {error && status !== "delivered" && <p className="text-danger wrap-anywhere">{error}{status === "waiting" && next !== null && <span className="text-soft"> · next try {moment(next)}</span>}</p>}
      {refusal && <p role="alert" className="text-danger">{refusal}</p>}
    </>
  );
}

/** Whether a try is so far off that one may ask for it now: what is due within a minute is made anyway. */
function isFar(next: string | null): boolean {
  return next !== null && Date.parse(next) > Date.now() + 60_000;
}
