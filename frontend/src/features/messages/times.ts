const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "long", day: "numeric" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const DAY_MS = 86_400_000;

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** The time in five characters, for narrow places. */
export const clockOf = (iso: string): string => CLOCK.format(new Date(iso));
export const timeOf = (iso: string): string => TIME.format(new Date(iso));
export const fullTime = (iso: string): string => FULL.format(new Date(iso));

export function dayName(date: Date, now = new Date()): string {
  if (date.toDateString() === now.toDateString()) return "Today";
  if (date.toDateString() === new Date(now.getTime() - DAY_MS).toDateString()) return "Yesterday";
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_OF_YEAR).format(date);
}

/** Returns a moment as people say it in passing: the time of today, else the day. */
export function whenOf(iso: string, now = new Date()): string {
  const date = new Date(iso);
  if (date.toDateString() === now.toDateString()) return `at ${TIME.format(date)}`;
  if (date.toDateString() === new Date(now.getTime() - DAY_MS).toDateString()) return "yesterday";
  return `on ${(date.getFullYear() === now.getFullYear() ? SHORT_DAY : DAY_OF_YEAR).format(date)}`;
}
