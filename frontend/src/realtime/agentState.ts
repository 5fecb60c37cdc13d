import { useProviders } from "@/api/hooks";
import type { Agent, Provider } from "@/api/types";
import { providerName } from "@/api/providerWords";
import { useAgentRuns, type Runs } from "./tasks";

/** What an agent can be seen to be: switched off, at work, out of reach of its model, failed last time, or ready. */
export type AgentState = "off" | "working" | "offline" | "failed" | "online";

export interface AgentCondition {
  state: AgentState;
  /** One sentence that says why; empty where the state says all. */
  why: string;
}

export function useAgentCondition(agent: Agent): AgentCondition;
export function useAgentCondition(agent: Agent | undefined): AgentCondition | null;
export function useAgentCondition(agent: Agent | undefined): AgentCondition | null {
  const providers = useProviders();
  const runs = useAgentRuns(agent?.id ?? null);
  return agent === undefined ? null : conditionOf(agent, runs, providers);
}

export function conditionOf(agent: Agent, runs: Runs, providers: readonly Provider[]): AgentCondition {
  if (!agent.is_active) return { state: "off", why: "It answers nobody until it is switched on." };
  if (runs.isWorking) return { state: "working", why: "" };
  const missing = missingProvider(agent, providers);
  if (missing) return { state: "offline", why: `${providerName(missing.name)}: ${plain(missing.detail)}` };
  if (runs.newest?.status === "failed") return { state: "failed", why: plain(runs.newest.error?.message ?? "") };
  return { state: "online", why: "" };
}

/** Returns the provider for want of which an agent can't answer now. One that isn't known is not held against it. */
function missingProvider({ config }: Agent, providers: readonly Provider[]): Provider | null {
  const find = (name: string | null | undefined): Provider | undefined => providers.find((provider) => provider.name === name);
  const own = find(config.provider);
  if (own === undefined || isUp(own)) return null;
  // A fallback stands in for a service that is away, but not for a key that is wrong or missing.
  const standsIn = own.state === "unreachable" && (config.fallbacks ?? []).some(({ provider }) => isUp(find(provider)));
  return standsIn ? null : own;
}

function isUp(provider: Provider | undefined): boolean {
  return provider?.state === "ready" || provider?.state === "trial";
}

/** A sentence of the server without its marks for what is to be typed. */
const plain = (sentence: string): string => sentence.replaceAll("`", "");
