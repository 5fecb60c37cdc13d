import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useAgents } from "./hooks";
import { templatesQuery } from "./queries";
import type { Agent, TemplateSummary } from "./types";

const MENTION = /@([a-z0-9-]+)/g;
const NONE: readonly TemplateSummary[] = [];

/** First questions to agents that are there and switched on, at most `most`, one of each team before a second of any. */
export function useStarters(most: number): string[] {
  const templates = useQuery(templatesQuery).data ?? NONE;
  const agents = useAgents();
  return useMemo(() => startersOf(templates, handlesOf(agents)).slice(0, most), [templates, agents, most]);
}

/** First questions to one agent, without its mention: in a conversation with it alone none is needed. */
export function useDirectStarters(handle: string): string[] {
  const templates = useQuery(templatesQuery).data ?? NONE;
  return useMemo(() => templates.flatMap(({ starters }) => starters).flatMap((text) => directForm(text, handle)), [templates, handle]);
}

export function handlesOf(agents: readonly Agent[]): ReadonlySet<string> {
  return new Set(agents.filter(({ is_active }) => is_active).map(({ handle }) => handle));
}

/** Whether every agent that the question mentions is there. */
export function canStart(text: string, handles: ReadonlySet<string>): boolean {
  return mentioned(text).every((handle) => handles.has(handle));
}

export function startersOf(templates: readonly TemplateSummary[], handles: ReadonlySet<string>): string[] {
  const perTeam = templates.map(({ starters }) => starters.filter((text) => canStart(text, handles)));
  const rounds = Math.max(0, ...perTeam.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => perTeam.flatMap((texts) => texts.slice(round, round + 1))).flat();
}

export function directForm(text: string, handle: string): string[] {
  const own = `@${handle} `;
  return mentioned(text).length === 1 && text.startsWith(own) ? [text.slice(own.length)] : [];
}

function mentioned(text: string): string[] {
  return [...text.matchAll(MENTION)].map(([, handle]) => handle ?? "");
}
