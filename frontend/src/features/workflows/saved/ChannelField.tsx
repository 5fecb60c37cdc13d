import type { ReactElement } from "react";
import { useChannels } from "@/api/hooks";
import { Field } from "@/ui/Field";

interface Props {
  value: string;
  error: string | undefined;
  hint?: string;
  /** What stands for no channel in particular, where that is a choice. */
  none?: string;
  onChange: (channelId: string) => void;
}

/** Chooses one of the channels and direct conversations. */
export function ChannelField({ value, error, hint, none, onChange }: Props): ReactElement {
  const channels = useChannels();
  return (
    <Field label="Channel" hint={hint} error={error}>
      {(wiring) => (
        <select {...wiring} className="field h-10" value={value} onChange={(event) => onChange(event.target.value)}>
          {none !== undefined && <option value="">{none}</option>}
          {channels.map(({ id, kind, name }) => <option key={id} value={id}>{kind === "channel" ? `#${name}` : name}</option>)}
        </select>
      )}
    </Field>
  );
}
