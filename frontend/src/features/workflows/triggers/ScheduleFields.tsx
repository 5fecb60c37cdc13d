import { useMemo, useState, type FocusEvent, type ReactElement } from "react";
import { Field } from "@/ui/Field";
import type { Values } from "./form";
import { NextTimes } from "./NextTimes";
import { useTimes } from "./useTimes";
import { cronWords, ownZone, USUAL, zonesWith } from "./words";

interface Props {
  values: Values;
  errors: ReadonlyMap<string, string>;
  onChange: (change: Partial<Values>) => void;
}

/** When a workflow is made by the clock. */
export function ScheduleFields({ values: { cron, zone, missed }, errors, onChange }: Props): ReactElement {
  const zones = useMemo(() => zonesWith(zone).map((one) => <option key={one} value={one}>{one.replaceAll("_", " ")}</option>), [zone]); // some 400
  const times = useTimes({ cron, zone });
  // What is half written is wrong for most of the time; that is said once somebody has gone on.
  const [isWriting, setIsWriting] = useState(false);
  const cronError = errors.get("settings.cron") ?? (isWriting ? undefined : times.fields.get("settings.cron"));
  const write = (text: string): void => {
    setIsWriting(true);
    onChange({ cron: text });
  };
  const leave = ({ relatedTarget: next }: FocusEvent): void => {
    // A line more would move a button away from under the pointer; saving says the same anyway.
    if (!(next instanceof HTMLButtonElement)) setIsWriting(false);
  };
  const isUsual = USUAL.some((one) => one === cron.trim());
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="How often">
          {(wiring) => (
            <select {...wiring} className="field h-10" value={isUsual ? cron.trim() : ""} onChange={(event) => event.target.value !== "" && onChange({ cron: event.target.value })}>
              {USUAL.map((one) => <option key={one} value={one}>{cronWords(one)}</option>)}
              <option value="">Other times, written beside</option>
            </select>
          )}
        </Field>
        <Field label="Cron expression" hint={isUsual ? "Change it for other times." : (cronWords(cron) ?? "Minute, hour, day of month, month, weekday; * is any.")} error={cronError}>
          {(wiring) => <input {...wiring} className="field h-10 font-mono" autoComplete="off" spellCheck={false} maxLength={200} value={cron} onBlur={leave} onChange={(event) => write(event.target.value)} />}
        </Field>
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Time zone" hint={zone === ownZone() ? "It is yours." : `Yours is ${ownZone()}.`} error={errors.get("settings.time_zone") ?? times.fields.get("settings.time_zone")}>
          {(wiring) => (
            <select {...wiring} className="field h-10" value={zone} onChange={(event) => onChange({ zone: event.target.value })}>
              {zones}
            </select>
          )}
        </Field>
        <Field label="If RezNet AI was off at the time" error={errors.get("settings.missed")}>
          {(wiring) => (
            <select {...wiring} className="field h-10" value={missed} onChange={(event) => onChange({ missed: event.target.value as Values["missed"] })}>
              <option value="skip">Leave that time out</option>
              <option value="once">Run once when it is back</option>
            </select>
          )}
        </Field>
      </div>
      <NextTimes zone={zone} {...times} />
    </>
  );
}
