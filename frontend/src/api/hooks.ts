import { useQuery } from "@tanstack/react-query";
import { agentsQuery, channelsQuery, providersQuery } from "./queries";
import type { Agent, Channel, Provider } from "./types";

const NO_AGENTS: readonly Agent[] = [];
const NO_CHANNELS: readonly Channel[] = [];
const NO_PROVIDERS: readonly Provider[] = [];
const byIds = new WeakMap<readonly Agent[], ReadonlyMap<string, Agent>>();

export function useAgents(): readonly Agent[] {
  return useQuery(agentsQuery).data ?? NO_AGENTS;
}

export function useAgentsById(): ReadonlyMap<string, Agent> {
  const agents = useAgents();
  const known = byIds.get(agents);
  if (known) return known;
  const made = new Map(agents.map((agent) => [agent.id, agent]));
  byIds.set(agents, made);
  return made;
}

export function useChannels(): readonly Channel[] {
  return useQuery(channelsQuery).data ?? NO_CHANNELS;
}

export function useProviders(): readonly Provider[] {
  return useQuery(providersQuery).data ?? NO_PROVIDERS;
}
