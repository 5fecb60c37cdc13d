import { useQuery } from "@tanstack/react-query";
import { useSettled } from "@/ui/useSettled";
import { refusedFields } from "../useSubmit";
import { timesQuery, type Schedule } from "./queries";

export interface Times {
  /** When the schedule is due next; undefined while that is not known of what is written now. */
  times: readonly string[] | undefined;
  /** What of it was refused, by the field as the API names it. */
  fields: ReadonlyMap<string, string>;
  /** Why it could not be asked. */
  error: Error | null;
  retry: () => void;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** Asks when a schedule is due next, once it has not been changed for a moment. */
export function useTimes(written: Schedule): Times {
  const cron = written.cron.trim();
  const schedule = { cron: useSettled(cron), zone: useSettled(written.zone) };
  const isSettled = schedule.cron === cron && schedule.zone === written.zone;
  const { data, error, refetch } = useQuery({ ...timesQuery(schedule), enabled: isSettled && cron !== "" });
  const fields = isSettled ? refusedFields(error) : NONE;
  return { times: isSettled && !error ? data : undefined, fields, error: isSettled && fields.size === 0 ? error : null, retry: () => void refetch() };
}
