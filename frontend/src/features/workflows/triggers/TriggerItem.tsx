import { useId, useState, type ReactElement } from "react";
import { useChannels } from "@/api/hooks";
import type { Trigger } from "@/api/types";
import { Button, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Copied } from "../Secret";
import { Switch } from "../Switch";
import { useAttempt } from "../useAttempt";
import { Firings } from "./Firings";
import { changeTrigger } from "./queries";
import { KINDS, ownZone, triggerWords, weekdayTime, zoneWords } from "./words";

export type Asking = "edit" | "fire" | "delete" | "rotate";

interface Props {
  trigger: Trigger;
  onAsk: (what: Asking) => void;
}

/** A trigger: what it waits for, whether it is on, and what came of it. */
export function TriggerItem({ trigger, onAsk }: Props): ReactElement {
  const { id, kind, channel_id: channelId, is_active: isActive, last_error: lastError, url } = trigger;
  const channel = useChannels().find((one) => one.id === channelId);
  const place = channel === undefined ? "an archived channel" : `${channel.kind === "channel" ? "#" : ""}${channel.name}`;
  const { isBusy, refusal, attempt } = useAttempt();
  const [isOpen, setIsOpen] = useState(false);
  const panelId = useId();
  const words = triggerWords(trigger, place);
  return (
    <li aria-label={words} className="trigger">
      <div className="flex items-start gap-3">
        <Icon name={KINDS[kind].icon} className="mt-0.5 size-4.5 text-cyan" />
        <div className="min-w-0 flex-1">
          <h3 className="font-medium wrap-anywhere">{words}</h3>
          <p className="text-sm text-faint wrap-anywhere">{[...factsOf(trigger), kind === "message" ? null : `in ${place}`, trigger.auto_start ? null : "waits for approval"].filter(Boolean).join(" · ")}</p>
          {kind === "schedule" && isActive && trigger.next_at && <p className="text-sm">Next: <time dateTime={trigger.next_at}>{weekdayTime(trigger.next_at)}</time> <span className="text-faint">your time</span></p>}
        </div>
        <Switch label={`On: ${words}`} isOn={isActive} isBusy={isBusy} onChange={(isOn) => void attempt(() => changeTrigger(id, { is_active: isOn }))} />
      </div>
      {url && <Copied text={`${location.origin}${url}`} label="Copy the address" />}
      {lastError && <p className="flex items-baseline gap-2 text-sm text-danger wrap-anywhere"><Icon name="warning" className="size-3.5 self-center" /><span>The last time, nothing came of it: {lastError}</span></p>}
      {refusal && <p role="alert" className="text-sm text-danger wrap-anywhere">{refusal}</p>}
      <div className="flex flex-wrap items-center gap-1">
        <Button size="small" kind="ghost" icon="clock" aria-expanded={isOpen} aria-controls={isOpen ? panelId : undefined} onClick={() => setIsOpen(!isOpen)}>
          {trigger.last_fired_at ? `Last fired ${weekdayTime(trigger.last_fired_at)}` : "What came of it"}
        </Button>
        <Button size="small" kind="ghost" icon="play" onClick={() => onAsk("fire")}>Fire now</Button>
        {kind === "webhook" && <Button size="small" kind="ghost" icon="retry" onClick={() => onAsk("rotate")}>New secret</Button>}
        <span className="ml-auto flex">
          <IconButton icon="edit" label={`Edit: ${words}`} onClick={() => onAsk("edit")} />
          <IconButton icon="trash" label={`Delete: ${words}`} className="hover:text-danger" onClick={() => onAsk("delete")} />
        </span>
      </div>
      {isOpen && <div id={panelId}><Firings triggerId={id} /></div>}
    </li>
  );
}

function factsOf({ settings, parameters }: Trigger): string[] {
  const given = Object.entries(parameters).map(([name, value]) => `${name}: ${value}`);
  if (settings.kind !== "schedule") return given;
  const zone = settings.time_zone ?? "UTC";
  return [...(zone === ownZone() ? [] : [zoneWords(zone)]), ...given];
}
