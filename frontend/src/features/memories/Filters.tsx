import type { ReactElement } from "react";
import { useChannels } from "@/api/hooks";
import { Field } from "@/ui/Field";
import type { Wanted } from "./owner";
import { KINDS, ORIGINS } from "./words";

interface Props {
  wanted: Wanted;
  onChange: (part: Partial<Wanted>) => void;
}

/** Which memories are shown: by kind, place and origin, and whether also those that no longer stand. */
export function Filters({ wanted, onChange }: Props): ReactElement {
  const channels = useChannels();
  return (
    <fieldset>
      <legend className="sr-only">Narrow down</legend>
      <div className="memory-filters">
        <Choice label="Kind" value={wanted.kind} options={Object.entries(KINDS).map(([kind, { label }]) => [kind, label])} onChange={(kind) => onChange({ kind: kind as Wanted["kind"] })} />
        <Choice label="Said in" value={wanted.channelId} options={channels.map(({ id, kind, name }) => [id, kind === "channel" ? `#${name}` : name])} onChange={(channelId) => onChange({ channelId })} />
        <Choice label="Origin" value={wanted.origin} options={Object.entries(ORIGINS)} onChange={(origin) => onChange({ origin: origin as Wanted["origin"] })} />
      </div>
      {wanted.q.trim() === "" && (
        <label className="flex w-fit items-center gap-2 pt-3 text-sm text-soft">
          <input type="checkbox" className="accent-cyan" checked={wanted.isHistory} onChange={(event) => onChange({ isHistory: event.target.checked })} />
          Also those that were corrected or summed up
        </label>
      )}
    </fieldset>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps): ReactElement {
  return (
    <Field label={label}>
      {(wiring) => (
        <select {...wiring} className="field h-10" value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">All</option>
          {options.map(([option, name]) => <option key={option} value={option}>{name}</option>)}
        </select>
      )}
    </Field>
  );
}
