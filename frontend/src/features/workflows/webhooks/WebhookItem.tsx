import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useState, type ReactElement } from "react";
import { useChannels } from "@/api/hooks";
import type { Webhook } from "@/api/types";
import { Button, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { savedListQuery } from "../saved/queries";
import { Switch } from "../Switch";
import { useAttempt } from "../useAttempt";
import { Deliveries } from "./Deliveries";
import { changeWebhook } from "./queries";
import { endingsWords } from "./words";

export type Asking = "edit" | "delete" | "rotate";

interface Props {
  webhook: Webhook;
  onAsk: (what: Asking) => void;
}

/** An address that is told how workflows end, and what became of the calls. */
export function WebhookItem({ webhook, onAsk }: Props): ReactElement {
  const { id, url, is_active: isActive, last_error: lastError } = webhook;
  const { isBusy, refusal, attempt } = useAttempt();
  const [isOpen, setIsOpen] = useState(false);
  const panelId = useId();
  return (
    <li aria-label={url} className="trigger">
      <div className="flex items-start gap-3">
        <Icon name="link" className="mt-0.5 size-4.5 text-cyan" />
        <div className="min-w-0 flex-1">
          <h2 className="font-medium wrap-anywhere">{url}</h2>
          <Concerned webhook={webhook} />
        </div>
        <Switch label={`On: ${url}`} isOn={isActive} isBusy={isBusy} onChange={(isOn) => void attempt(() => changeWebhook(id, { is_active: isOn }))} />
      </div>
      {lastError && <p className="flex items-baseline gap-2 text-sm text-danger wrap-anywhere"><Icon name="warning" className="size-3.5 self-center" /><span>The last call failed: {lastError}</span></p>}
      {refusal && <p role="alert" className="text-sm text-danger">{refusal}</p>}
      <div className="flex flex-wrap items-center gap-1">
        <Button size="small" kind="ghost" icon="clock" aria-expanded={isOpen} aria-controls={isOpen ? panelId : undefined} onClick={() => setIsOpen(!isOpen)}>Last calls</Button>
        <Button size="small" kind="ghost" icon="retry" onClick={() => onAsk("rotate")}>New secret</Button>
        <span className="ml-auto flex">
          <IconButton icon="edit" label={`Edit ${url}`} onClick={() => onAsk("edit")} />
          <IconButton icon="trash" label={`Delete ${url}`} className="hover:text-danger" onClick={() => onAsk("delete")} />
        </span>
      </div>
      {isOpen && <div id={panelId}><Deliveries webhookId={id} isActive={isActive} /></div>}
    </li>
  );
}

/** Of which workflows it is told, as a sentence. */
function Concerned({ webhook: { channel_id: channelId, saved_workflow_id: savedId, trigger_id: triggerId, statuses } }: { webhook: Webhook }): ReactElement {
  const channel = useChannels().find(({ id }) => id === channelId);
  const { data: saved } = useQuery({ ...savedListQuery, enabled: savedId !== null });
  return (
    <p className="text-sm text-faint wrap-anywhere">
      {channelId === null && savedId === null && triggerId === null ? "All workflows" : "Workflows"}
      {channelId !== null && ` in ${channel ? `${channel.kind === "channel" ? "#" : ""}${channel.name}` : "an archived channel"}`}
      {savedId !== null && <> made of <Link to="/workflows/saved/$savedId" params={{ savedId }} search={{}} className="text-cyan hover:underline">{saved?.find(({ id }) => id === savedId)?.name ?? "a saved one"}</Link></>}
      {triggerId !== null && " made by one trigger"}
      , {endingsWords(statuses)}
    </p>
  );
}
