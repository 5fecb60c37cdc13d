import type { Agent, Provider } from "@/api/types";

/** Returns an agent as the server sends it. */
export function agent({ config, persona, ...change }: { config?: Partial<Agent["config"]>; persona?: Partial<Agent["persona"]> } & Partial<Omit<Agent, "config" | "persona">> = {}): Agent {
  const at = "2026-01-01T12:00:00Z";
  return {
    id: "a1",
    name: "Backend",
    handle: "backend",
    agent_type: "custom",
    persona: { role: "Engineer", goal: "", backstory: "", capabilities: [], prompt: null, ...persona },
    config: {
      kind: "assistant",
      follows_settings: false,
      provider: "openai",
      model: "small",
      temperature: 0.7,
      max_tokens: 4000,
      color: null,
      fallbacks: [],
      memory: { recall: true, remember: "facts", expire_after_days: null, half_life_days: null, summarize_after_days: null },
      ...config,
    },
    is_active: true,
    is_custom: true,
    created_by: "local-user",
    created_at: at,
    updated_at: at,
    ...change,
  };
}

export function provider(name: string, change: Partial<Provider> = {}): Provider {
  return { name, configured: true, state: "ready", detail: "Ready.", models: [], default_model: null, is_default: false, ...change };
}
