import type { ReactElement } from "react";
import { discard, sendAgain, type Outgoing } from "@/realtime/outbox";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Markdown } from "@/ui/markdown/Markdown";

/** A message that the server has not confirmed, and says so. */
export function OutgoingRow({ outgoing, joins }: { outgoing: Outgoing; joins: boolean }): ReactElement {
  return (
    <article aria-label="Your message, not confirmed yet" className={`row ${joins ? "pt-1" : "pt-3"}`}>
      {joins ? <span className="w-9 shrink-0" /> : <Avatar name="You" color="#3A3A55" />}
      <div className="min-w-0 flex-1">
        {!joins && <p className="mb-0.5 font-semibold">You</p>}
        <div className={outgoing.state === "failed" ? "" : "opacity-60"}><Markdown text={outgoing.content} /></div>
        {outgoing.files.length > 0 && (
          <p className="flex flex-wrap gap-x-3 text-sm text-soft">
            {outgoing.files.map((file) => (
              <span key={file.id} className="inline-flex items-center gap-1.5"><Icon name="clip" className="size-3.5" />{file.name}</span>
            ))}
          </p>
        )}
        <State outgoing={outgoing} />
      </div>
    </article>
  );
}

function State({ outgoing: { clientId, state, error } }: { outgoing: Outgoing }): ReactElement {
  if (state === "sending") return <p role="status" className="text-xs text-faint">Sending…</p>;
  const isWaiting = state === "waiting";
  return (
    <div role={isWaiting ? "status" : "alert"} className={`mt-1 flex flex-wrap items-center gap-2 text-sm ${isWaiting ? "text-soft" : "text-danger"}`}>
      <span>{isWaiting ? "Not sent yet. It goes out when the server can be reached." : `Not sent. ${error ?? ""}`}</span>
      <Button icon="retry" size="small" onClick={() => sendAgain(clientId)}>{isWaiting ? "Try now" : "Send again"}</Button>
      <Button kind="ghost" size="small" onClick={() => discard(clientId)}>Discard</Button>
    </div>
  );
}
