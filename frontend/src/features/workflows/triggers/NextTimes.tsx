import { useId, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import { Button } from "@/ui/Button";
import type { Times } from "./useTimes";
import { clockTime, zoneWords } from "./words";

interface Props extends Times {
  zone: string;
}

/** When a schedule is due next. What is said aloud is the first time alone: it changes with each pause in writing. */
export function NextTimes({ zone, times, fields, error, retry }: Props): ReactElement {
  const id = useId();
  const first = times?.[0];
  return (
    <div role="group" aria-labelledby={id} className="trigger-times">
      <p id={id} className="font-medium">Next times <span className="font-normal text-faint">{zoneWords(zone)}</span></p>
      <p role="status" className="sr-only">{first === undefined ? "" : `Next on ${clockTime(first)}`}</p>
      {times && <ol>{times.map((time) => <li key={time}><time dateTime={time}>{clockTime(time)}</time></li>)}</ol>}
      {fields.size > 0 && <p className="text-faint">They stand here once the schedule can be read.</p>}
      {error && <p className="flex flex-wrap items-center gap-3 text-soft">{sentence(error)} <Button size="small" icon="retry" onClick={retry}>Try again</Button></p>}
    </div>
  );
}
