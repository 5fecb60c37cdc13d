import type { Agent, Channel } from "@/api/types";
import { unfinished } from "./query";

/** A value for the operator that is being typed. */
export interface Suggestion {
  value: string;
  note: string;
}

const SHOWN = 8;

/** Returns what may stand behind the operator at the end of the text; nothing when it ends otherwise. */
export function suggestionsFor(text: string, agents: readonly Agent[], channels: readonly Channel[]): Suggestion[] {
  const token = unfinished(text);
  if (token === null) return [];
  const all = { from: people(agents), in: places(channels, agents), before: days(), after: days(), on: days() }[token.operator];
  const typed = plain(token.value);
  // What is typed in full needs no suggestion: Enter then opens a result.
  if (all.some(({ value }) => plain(value) === typed)) return [];
  return all.filter(({ value, note }) => plain(value).includes(typed) || plain(note).includes(typed)).slice(0, SHOWN);
}

function people(agents: readonly Agent[]): Suggestion[] {
  return [{ value: "me", note: "Your own messages" }, ...agents.map((agent) => ({ value: `@${agent.handle}`, note: `${agent.name}, ${agent.persona.role}` }))];
}

function places(channels: readonly Channel[], agents: readonly Agent[]): Suggestion[] {
  const handles = new Map(agents.map((agent) => [agent.id, agent.handle]));
  return channels.map((channel) =>
    channel.kind === "dm"
      ? { value: `@${handles.get(channel.agent_id ?? "") ?? channel.name}`, note: "Direct messages" }
      : { value: `#${channel.name}`, note: channel.topic },
  );
}

function days(): Suggestion[] {
  const now = new Date();
  const month = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}`;
  return [
    { value: "today", note: "" },
    { value: "yesterday", note: "" },
    { value: month, note: "This month" },
    { value: String(now.getFullYear()), note: "This year" },
  ];
}

const plain = (text: string): string => text.replace(/^[@#]/, "").toLowerCase();
