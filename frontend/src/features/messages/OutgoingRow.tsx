import type { ReactElement } from "react";
import { discard, sendAgain, type Outgoing } from "@/realtime/outbox";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { Markdown } from "@/ui/markdown/Markdown";

/** A message that the server has not confirmed, and says so. */
export function OutgoingRow({ outgoing, joins }: { outgoing: Outgoing; joins: boolean }): ReactElement {
  const hasFailed = outgoing.state === "failed";
  return (
    <article aria-label="Your message, not confirmed yet" className={`row ${joins ? "pt-1" : "pt-3"}`}>
      {joins ? <span className="w-9 shrink-0" /> : <Avatar name="You" color="#3A3A55" />}
      <div className="min-w-0 flex-1">
        {!joins && <p className="mb-0.5 font-semibold">You</p>}
        <div className={hasFailed ? "" : "opacity-60"}><Markdown text={outgoing.content} /></div>
        {hasFailed ? (
          <div role="alert" className="mt-1 flex flex-wrap items-center gap-2 text-sm text-danger">
            <span>Not sent. {outgoing.error}</span>
            <Button icon="retry" size="small" onClick={() => sendAgain(outgoing.clientId)}>Send again</Button>
            <Button kind="ghost" size="small" onClick={() => discard(outgoing.clientId)}>Discard</Button>
          </div>
        ) : (
          <p role="status" className="text-xs text-faint">Sending…</p>
        )}
      </div>
    </article>
  );
}
