import type { Provider } from "./types";

const NAMES: Readonly<Record<string, string>> = {
  anthropic: "Anthropic",
  openai: "OpenAI or compatible",
  ollama: "Ollama",
  local: "This machine",
};

export const STATE_WORDS: Readonly<Record<Provider["state"], string>> = {
  ready: "ready",
  trial: "trial model",
  unreachable: "can't be reached",
  refused: "key refused",
  not_configured: "not set up",
};

export const providerName = (name: string): string => NAMES[name] ?? name;

export function providerLabel(provider: Provider): string {
  const name = providerName(provider.name);
  return provider.state === "ready" ? name : `${name} (${STATE_WORDS[provider.state]})`;
}
