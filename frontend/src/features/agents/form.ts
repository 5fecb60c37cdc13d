import { RULES } from "@/api/generated/rules";
import type { Agent, AgentCreate, MemorySettings } from "@/api/types";

type ProviderName = NonNullable<AgentCreate["provider"]>;

/** What stands in the form's fields. */
export interface Values {
  name: string;
  role: string;
  goal: string;
  backstory: string;
  capabilities: string;
  prompt: string;
  /** Empty: that of the settings. */
  provider: string;
  model: string;
  temperature: string;
  max_tokens: string;
  color: string;
  fallbacks: readonly { key: string; provider: string; model: string }[];
  memory: MemoryValues;
}

/** Days are empty where they never come. */
export interface MemoryValues extends Record<MemoryDays, string> {
  recall: boolean;
  remember: NonNullable<MemorySettings["remember"]>;
}

export const MEMORY_DAYS = ["expire_after_days", "half_life_days", "summarize_after_days"] as const;
export type MemoryDays = (typeof MEMORY_DAYS)[number];

export type FieldErrors = ReadonlyMap<string, string>;

interface Rule {
  maxItems?: number;
  pattern?: string;
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

const RULE: Readonly<Record<string, Rule>> = RULES.AgentCreate;
const REQUIRED = new Set(["name", "role"]);
const CHECKED = ["name", "role", "goal", "backstory", "prompt", "model", "temperature", "max_tokens"] as const;

export const ruleOf = (field: keyof Values): Rule => RULE[field] ?? {};

export function emptyValues(color: string): Values {
  const { temperature, max_tokens: maxTokens } = RULES.AgentCreate;
  return {
    name: "",
    role: "",
    goal: "",
    backstory: "",
    capabilities: "",
    prompt: "",
    provider: "",
    model: "",
    temperature: String(temperature.default),
    max_tokens: String(maxTokens.default),
    color,
    fallbacks: [],
    memory: memoryOf({}),
  };
}

export function valuesOf({ name, persona, config }: Agent, color: string): Values {
  return {
    name,
    role: persona.role,
    goal: persona.goal ?? "",
    backstory: persona.backstory ?? "",
    capabilities: (persona.capabilities ?? []).join(", "),
    prompt: persona.prompt ?? "",
    provider: config.follows_settings ? "" : (config.provider ?? ""),
    model: config.follows_settings ? "" : (config.model ?? ""),
    temperature: String(config.temperature),
    max_tokens: String(config.max_tokens),
    color: config.color ?? color,
    fallbacks: (config.fallbacks ?? []).map(({ provider, model }, index) => ({ provider, model, key: `kept-${index}` })),
    memory: memoryOf(config.memory ?? {}),
  };
}

function memoryOf(settings: MemorySettings): MemoryValues {
  const { recall, remember } = RULES.MemorySettings;
  return {
    recall: settings.recall ?? recall.default,
    remember: settings.remember ?? remember.default,
    expire_after_days: String(settings.expire_after_days ?? ""),
    half_life_days: String(settings.half_life_days ?? ""),
    summarize_after_days: String(settings.summarize_after_days ?? ""),
  };
}

/** Returns the request that the values stand for; what is left empty is that of the settings. */
export function requestOf(values: Values): AgentCreate {
  const { temperature, max_tokens: maxTokens, memory } = values;
  return {
    name: values.name,
    role: values.role,
    goal: values.goal.trim() === "" ? null : values.goal,
    backstory: values.backstory,
    capabilities: values.capabilities.split(",").map((part) => part.trim()).filter((part) => part !== ""),
    prompt: values.prompt.trim() === "" ? null : values.prompt,
    provider: values.provider === "" ? null : (values.provider as ProviderName),
    model: values.model.trim() === "" ? null : values.model,
    temperature: Number(temperature),
    max_tokens: Number(maxTokens),
    color: values.color,
    fallbacks: values.fallbacks.map(({ provider, model }) => ({ provider: provider as ProviderName, model })),
    memory: {
      recall: memory.recall,
      remember: memory.remember,
      expire_after_days: daysOf(memory.expire_after_days),
      half_life_days: daysOf(memory.half_life_days),
      summarize_after_days: daysOf(memory.summarize_after_days),
    },
  };
}

const daysOf = (value: string): number | null => (value.trim() === "" ? null : Number(value));

/** Returns what the API would refuse and can be told while typing, by field. */
export function check(values: Values): FieldErrors {
  const errors = new Map<string, string>();
  for (const field of CHECKED) {
    const error = refusalOf(values[field].trim(), ruleOf(field), REQUIRED.has(field));
    if (error !== null) errors.set(field, error);
  }
  values.fallbacks.forEach(({ model }, index) => {
    if (model.trim() === "") errors.set(`fallbacks.${index}.model`, "Name a model.");
  });
  for (const field of MEMORY_DAYS) {
    const value = values.memory[field].trim();
    const error = value === "" ? null : (refusalOf(value, RULES.MemorySettings[field], false) ?? wholeOnly(value));
    if (error !== null) errors.set(`memory.${field}`, error);
  }
  return errors;
}

const wholeOnly = (value: string): string | null => (Number.isInteger(Number(value)) ? null : "Give whole days.");

function refusalOf(value: string, rule: Rule, isRequired: boolean): string | null {
  const { minLength = 0, maxLength = Infinity, minimum, maximum } = rule;
  if (minimum !== undefined && maximum !== undefined) {
    const number = Number(value);
    const isInside = value !== "" && number >= minimum && number <= maximum;
    return isInside ? null : `Give a number from ${minimum} to ${maximum.toLocaleString()}.`;
  }
  const length = lengthOf(value);
  if (length === 0 && !isRequired) return null;
  if (length < minLength) return `At least ${minLength} characters are needed.`;
  if (length > maxLength) return `At most ${maxLength.toLocaleString()} characters fit; this has ${length.toLocaleString()}.`;
  return null;
}

/** Characters as the API counts them: Unicode code points. */
export const lengthOf = (text: string): number => [...text].length;
