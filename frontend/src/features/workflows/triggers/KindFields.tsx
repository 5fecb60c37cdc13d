import { useMemo, type ReactElement } from "react";
import { Field } from "@/ui/Field";
import type { Values } from "./form";
import { cronWords, ownZone, USUAL, zonesWith } from "./words";

interface Props {
  values: Values;
  errors: ReadonlyMap<string, string>;
  onChange: (change: Partial<Values>) => void;
}

/** When a workflow is made by the clock. */
export function ScheduleFields({ values: { cron, zone, missed }, errors, onChange }: Props): ReactElement {
  const zones = useMemo(() => zonesWith(zone).map((one) => <option key={one} value={one}>{one.replaceAll("_", " ")}</option>), [zone]); // some 400
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
        <Field label="Cron expression" hint={isUsual ? "Change it for other times." : (cronWords(cron) ?? "Minute, hour, day of month, month, weekday; * is any.")} error={errors.get("settings.cron")}>
          {(wiring) => <input {...wiring} className="field h-10 font-mono" autoComplete="off" spellCheck={false} maxLength={200} value={cron} onChange={(event) => onChange({ cron: event.target.value })} />}
        </Field>
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Time zone" hint={zone === ownZone() ? "It is yours." : `Yours is ${ownZone()}.`} error={errors.get("settings.time_zone")}>
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
    </>
  );
}

interface MessageProps extends Props {
  names: readonly string[];
}

/** Which messages make a workflow. */
export function MessageFields({ values: { pattern }, names, errors, onChange }: MessageProps): ReactElement {
  const example = names[0] === undefined ? "!release" : `!release {${names[0]}}`;
  const filling = names.length > 0 ? ` What stands at ${names.map((name) => `{${name}}`).join(", ")} is put into the plan.` : "";
  return (
    <Field label="The message begins with" hint={`Such as ${example}.${filling} * stands for anything.`} error={errors.get("settings.pattern")}>
      {(wiring) => <input {...wiring} className="field" autoComplete="off" spellCheck={false} maxLength={200} placeholder={example} value={pattern} onChange={(event) => onChange({ pattern: event.target.value })} />}
    </Field>
  );
}
