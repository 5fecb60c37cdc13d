import type { PlanTask, SavedParameter } from "@/api/types";

// As the server reads them.
const PLACEHOLDER = /\{\{[ \t]{0,8}([A-Za-z_][A-Za-z0-9_]{0,39})[ \t]{0,8}\}\}/g;

interface Texts {
  title: string;
  request: string;
  tasks: readonly PlanTask[];
}

/** Returns the names of the placeholders in a plan, each once, in their order. */
export function placeholdersOf({ title, request, tasks }: Texts): string[] {
  const texts = [title, request, ...tasks.flatMap((task) => [task.title, task.description ?? "", task.expected_output ?? ""])];
  const names = texts.flatMap((text) => [...text.matchAll(PLACEHOLDER)].map(([, name]) => name ?? ""));
  return [...new Set(names)];
}

/** Returns a parameter for each placeholder, as it is known, else one that must be given; others are left out. */
export function parametersFor(names: readonly string[], known: readonly SavedParameter[]): Required<SavedParameter>[] {
  return names.map((name) => ({ description: "", default: null, required: true, ...known.find((one) => one.name === name), name }));
}

/** Returns what is asked for at first: the defaults, and nothing for the rest. */
export function defaultsOf(parameters: readonly SavedParameter[]): Record<string, string> {
  return Object.fromEntries(parameters.map(({ name, default: value }) => [name, value ?? ""]));
}

/** Returns whether a value must be given, since nothing stands in for it. */
export function isAsked({ required = true, default: value }: SavedParameter): boolean {
  return required && (value ?? null) === null;
}
