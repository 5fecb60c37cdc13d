import type { Firing, Trigger } from "@/api/types";
import type { IconName } from "@/ui/Icon";
import type { Look } from "../words";

export type Kind = Trigger["kind"];

export const KINDS: Readonly<Record<Kind, { label: string; hint: string; icon: IconName }>> = {
  schedule: { label: "At set times", hint: "Each morning, every Monday, on the first of the month …", icon: "clock" },
  message: { label: "On a message", hint: "When somebody writes what you choose in the channel.", icon: "thread" },
  webhook: { label: "On a call from outside", hint: "When another program calls an address of its own.", icon: "plug" },
};

/** Times that many people want, as cron expressions. */
export const USUAL = ["0 9 * * 1-5", "0 9 * * *", "0 9 * * 1", "0 9 1 * *", "0 * * * *"] as const;

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const NUMBER = /^\d{1,2}$/;

/** Returns a cron expression in words; null where it is none that people would say in a few. */
export function cronWords(cron: string): string | null {
  const [minute = "", hour = "", day = "", month = "", weekday = "", ...more] = cron.trim().split(/\s+/);
  if (more.length > 0 || month !== "*") return null;
  const every = /^\*\/(\d{1,2})$/.exec(minute)?.[1];
  const isDaily = day === "*" && weekday === "*";
  if (every !== undefined && hour === "*" && isDaily && 60 % Number(every) === 0) return `Every ${every} minutes`;
  if (!isAtMost(minute, 59)) return null;
  if (hour === "*" && isDaily) return minute === "0" ? "Every hour" : `Every hour, ${minute} minutes past`;
  if (!isAtMost(hour, 23)) return null;
  const days = daysOf(day, weekday);
  return days && `${days} at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
}

function daysOf(day: string, weekday: string): string | null {
  if (day !== "*") return weekday === "*" && isAtMost(day, 31) && day !== "0" ? `On day ${Number(day)} of each month` : null;
  if (weekday === "*") return "Every day";
  if (weekday === "1-5") return "Monday to Friday";
  const names = weekday.split(",").map((one) => (isAtMost(one, 7) ? DAYS[Number(one)] : undefined));
  return names.every((name) => name !== undefined) ? `Every ${names.join(", ")}` : null;
}

const isAtMost = (text: string, most: number): boolean => NUMBER.test(text) && Number(text) <= most;

/** Returns what a trigger waits for, as a sentence without its end. */
export function triggerWords({ settings }: Pick<Trigger, "settings">, place: string): string {
  switch (settings.kind) {
    case "schedule": return cronWords(settings.cron) ?? `At the times of ${settings.cron}`;
    case "message": return `When a message in ${place} begins with “${settings.pattern}”`;
    default: return "When a signed call comes in";
  }
}

export function firingLook({ status }: Pick<Firing, "status">): Look {
  switch (status) {
    case "started": return { word: "Started", icon: "check", tone: "green" };
    case "failed": return { word: "Failed", icon: "warning", tone: "danger" };
    case "skipped": return { word: "Left out", icon: "skip", tone: "faint" };
  }
}

/** Returns what made a trigger fire. */
export function causeOf({ kind, occurrence }: Pick<Firing, "kind" | "occurrence">): string {
  switch (kind) {
    case "schedule": return Number.isNaN(Date.parse(occurrence)) ? "Its time had come" : `Due ${weekdayTime(occurrence)}`;
    case "message": return "A message";
    case "webhook": return "A call from outside";
    case "manual": return "Fired by hand";
  }
}

/** Returns a time with its weekday, in the zone of whoever looks. */
export function weekdayTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** Returns a time by the clock of its zone, with what that is ahead of UTC: “Mon, 30 Mar, 09:00 UTC+2” of `2026-03-30T09:00:00+02:00`. */
export function clockTime(iso: string): string {
  const [, wall = "", offset = ""] = /^(.{16}).*?(Z|[+-]\d\d:\d\d)$/.exec(iso) ?? [];
  const at = new Date(`${wall}Z`);
  const year = at.getUTCFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return `${at.toLocaleString(undefined, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year, hour: "2-digit", minute: "2-digit" })} ${offsetWords(offset)}`;
}

function offsetWords(offset: string): string {
  const [hours = 0, minutes = 0] = offset.slice(1).split(":").map(Number);
  if (hours === 0 && minutes === 0) return "UTC";
  return `UTC${offset.startsWith("-") ? "−" : "+"}${hours}${minutes === 0 ? "" : `:${String(minutes).padStart(2, "0")}`}`;
}

/** Returns whose clock a zone has. */
export const zoneWords = (zone: string): string => (zone === ownZone() ? "your time" : `${zone.replaceAll("_", " ")} time`);

export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Returns the names of all time zones; the one that is chosen is among them in any case. */
export function zonesWith(chosen: string): string[] {
  return [...new Set(["UTC", ownZone(), chosen, ...Intl.supportedValuesOf("timeZone")])].toSorted();
}
