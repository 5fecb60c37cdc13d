import type { SavedWorkflow, Trigger, TriggerCreate, TriggerUpdate } from "@/api/types";
import { ownZone, USUAL, type Kind } from "./words";

/** What the form of a trigger holds, whatever its kind. */
export interface Values {
  kind: Kind;
  /** Empty until one is chosen. */
  channelId: string;
  cron: string;
  zone: string;
  missed: "skip" | "once";
  pattern: string;
  /** Where in a call's body a parameter's value is; empty: in the field of its name. */
  places: Readonly<Record<string, string>>;
  /** Values that are always the same; empty: none. */
  fixed: Readonly<Record<string, string>>;
  starts: boolean;
}

/** Returns what the form holds at first: the trigger as it is, or what many people want. */
export function valuesOf(trigger: Trigger | null): Values {
  const settings = trigger?.settings;
  return {
    kind: trigger?.kind ?? "schedule",
    channelId: trigger?.channel_id ?? "",
    cron: settings?.kind === "schedule" ? settings.cron : USUAL[0],
    zone: (settings?.kind === "schedule" ? settings.time_zone : undefined) ?? ownZone(),
    missed: (settings?.kind === "schedule" ? settings.missed : undefined) ?? "skip",
    pattern: settings?.kind === "message" ? settings.pattern : "",
    places: (settings?.kind === "webhook" ? settings.fields : undefined) ?? {},
    fixed: trigger?.parameters ?? {},
    starts: trigger?.auto_start ?? true,
  };
}

export function changesOf(values: Values): TriggerUpdate & Pick<TriggerCreate, "channel_id" | "settings"> {
  return { channel_id: values.channelId, settings: settingsOf(values), parameters: given(values.fixed), auto_start: values.starts };
}

export function requestOf(values: Values, { id }: Pick<SavedWorkflow, "id">): TriggerCreate {
  const { channel_id, settings, parameters = {}, auto_start = true } = changesOf(values);
  return { saved_workflow_id: id, channel_id, settings, parameters: parameters ?? {}, auto_start: auto_start ?? true };
}

/** Returns the fields of the form by the names that the API has for them. */
export function fieldsOf({ kind }: Pick<Values, "kind">, names: readonly string[]): string[] {
  const own = { schedule: ["settings.cron", "settings.time_zone", "settings.missed"], message: ["settings.pattern"], webhook: names.map((name) => `settings.fields.${name}`) };
  return ["channel_id", ...own[kind], ...names.map((name) => `parameters.${name}`)];
}

/** Returns the fields that a change concerns, by the names that the API has for them. */
export function changedFields(change: Partial<Values>): string[] {
  const names: Partial<Record<keyof Values, string>> = { channelId: "channel_id", cron: "settings.cron", zone: "settings.time_zone", missed: "settings.missed", pattern: "settings.pattern" };
  return Object.keys(change).flatMap((key) => names[key as keyof Values] ?? []);
}

function settingsOf({ kind, cron, zone, missed, pattern, places }: Values): TriggerCreate["settings"] {
  switch (kind) {
    case "schedule": return { kind, cron: cron.trim(), time_zone: zone, missed };
    case "message": return { kind, pattern };
    case "webhook": return { kind, fields: given(places) };
  }
}

function given(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ""));
}
