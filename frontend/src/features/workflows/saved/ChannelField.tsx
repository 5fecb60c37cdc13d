import type { ReactElement } from "react";
import { useChannels } from "@/api/hooks";
import type { Channel } from "@/api/types";
import { load } from "@/realtime/stored";
import { Field } from "@/ui/Field";

interface Props {
  value: string;
  error: string | undefined;
  hint?: string;
  /** What stands for no channel in particular, where that is a choice. */
  none?: string;
  onChange: (channelId: string) => void;
}

/** Returns the channel with that id, else the one that was open last, else the first. */
export function useChannelOr(chosen: string | undefined): Channel | undefined {
  const channels = useChannels();
  const last = load("lastChannel", "");
  return [chosen, last].map((wanted) => channels.find(({ id }) => id === wanted)).find((found) => found !== undefined) ?? channels[0];
}

/** Chooses one of the channels and direct conversations. */
export function ChannelField({ value, error, hint, none, onChange }: Props): ReactElement {
  const channels = useChannels();
  const isArchived = value !== "" && channels.length > 0 && !channels.some(({ id }) => id === value);
  return (
    <Field label="Channel" hint={hint} error={error}>
      {(wiring) => (
        <select {...wiring} className="field h-10" value={value} onChange={(event) => onChange(event.target.value)}>
          {none !== undefined && <option value="">{none}</option>}
          {isArchived && <option value={value}>An archived channel</option>}
          {channels.map(({ id, kind, name }) => <option key={id} value={id}>{kind === "channel" ? `#${name}` : name}</option>)}
        </select>
      )}
    </Field>
  );
}
