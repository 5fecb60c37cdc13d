import { expect, test } from "vitest";
import { agent, provider } from "@/test/agents";
import { task } from "@/test/messages";
import { conditionOf } from "./agentState";

const IDLE = { isWorking: false, newest: undefined };
const UP = [provider("openai"), provider("ollama")];
const away = provider("openai", { state: "unreachable", detail: "Nothing answers: start it with `serve`." });
const refused = provider("openai", { state: "refused", detail: "The key was refused." });
const fallbacks = [{ provider: "ollama" as const, model: "llama" }];

test("an agent is online when its provider is, and offline with the reason when it is not", () => {
  expect(conditionOf(agent(), IDLE, UP)).toEqual({ state: "online", why: "" });
  expect(conditionOf(agent(), IDLE, [away])).toEqual({
    state: "offline",
    why: "OpenAI or compatible: Nothing answers: start it with serve.",
  });
});

test("a fallback stands in for a service that is away, not for a refused key", () => {
  const withFallback = agent({ config: { fallbacks } });
  expect(conditionOf(withFallback, IDLE, [away, provider("ollama")]).state).toBe("online");
  expect(conditionOf(withFallback, IDLE, [away, provider("ollama", { state: "unreachable" })]).state).toBe("offline");
  expect(conditionOf(withFallback, IDLE, [refused, provider("ollama")]).state).toBe("offline");
});

test("until the providers are known nobody is called offline; the trial model counts", () => {
  expect(conditionOf(agent(), IDLE, []).state).toBe("online");
  expect(conditionOf(agent(), IDLE, [provider("openai", { state: "trial" })]).state).toBe("online");
});

test("who works, works; who is switched off, is off, whatever else there is", () => {
  const working = { isWorking: true, newest: task() };
  expect(conditionOf(agent(), working, [away]).state).toBe("working");
  expect(conditionOf(agent({ is_active: false }), working, UP).state).toBe("off");
});

test("a failed run says why", () => {
  const newest = task({ status: "failed", error: { code: "empty_answer", message: "The model gave an empty answer." } });
  expect(conditionOf(agent(), { isWorking: false, newest }, UP)).toEqual({ state: "failed", why: "The model gave an empty answer." });
});
