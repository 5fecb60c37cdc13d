import { forget, keep, load } from "@/realtime/stored";

const name = (key: string): string => `draft.${key}`;

export const loadDraft = (key: string): string => load(name(key), "");

export function keepDraft(key: string, text: string): void {
  if (text === "") forget(name(key));
  else keep(name(key), text);
}
