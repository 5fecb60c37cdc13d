import type { Memory, MemoryKind, MemoryOrigin, ScoreParts } from "@/api/types";

export const KINDS: Readonly<Record<MemoryKind, { label: string; hint: string }>> = {
  fact: { label: "Fact", hint: "Something that holds: a name, a place, a decision." },
  highlight: { label: "Highlight", hint: "What mattered of a conversation." },
  episode: { label: "Episode", hint: "A turn of a conversation, as it was said." },
  note: { label: "Note", hint: "Something to keep in mind." },
  summary: { label: "Summary", hint: "Several memories in a few words." },
};

export const ORIGINS: Readonly<Record<MemoryOrigin, string>> = {
  person: "Written by a person",
  answer: "From a conversation",
  import: "Imported",
  summary: "Summed up",
};

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

export const dayOf = (iso: string): string => DATE.format(new Date(iso));
export const momentOf = (iso: string): string => MOMENT.format(new Date(iso));

/** Returns where a memory comes from and whose words it holds, as far as it is known. */
export function sayerOf({ origin, author_id: authorId, metadata, source_message_id: source }: Memory, agentName?: string): string {
  const { speaker } = metadata;
  if (typeof speaker === "string" && speaker.trim() !== "") return `${speaker.trim().slice(0, 60)} said it`;
  if (origin === "summary") return "Summed up from older memories";
  if (origin === "import") return "Imported";
  if (authorId !== null) return source === null && origin === "person" ? "Written by a person" : "A person said it";
  if (origin === "answer") return agentName === undefined ? "From a conversation" : `From a conversation with ${agentName}`;
  return ORIGINS[origin];
}

/** Returns when a memory goes by itself; null when it stays. */
export function expiryOf({ expires_at: at, pinned }: Memory, now = new Date()): string | null {
  if (at === null) return null;
  if (pinned) return "Stays, since it is pinned";
  return new Date(at) <= now ? `Expired on ${dayOf(at)}` : `Goes on ${dayOf(at)}`;
}

const IMPORTANCES: readonly [least: number, word: string][] = [[0.85, "Very high"], [0.65, "High"], [0.35, "Medium"], [0.15, "Low"]];

/** Returns how important something is, in words. */
export function importanceOf(importance: number): string {
  return IMPORTANCES.find(([least]) => importance >= least)?.[1] ?? "Very low";
}

/** One reason for which a memory was found. `share` is the length of its bar, from 0 to 1. */
export interface Reason {
  name: string;
  text: string;
  share: number;
}

/** What the other memories of the same search reach at most, which gives figures without a scale their meaning. */
export interface Best {
  text: number;
}

export function bestOf(all: readonly (ScoreParts | null | undefined)[]): Best {
  return { text: Math.max(0, ...all.map((parts) => parts?.text ?? 0)) };
}

/** Returns why a memory was found, in the order in which it counts. */
export function reasonsOf(parts: ScoreParts, score: number, best: Best): Reason[] {
  const ofScore = (added: number): number => (score > 0 ? clamp(added / score) : 0);
  return [
    {
      name: "Meaning",
      text: parts.dense === null ? "Not compared: it has not been read for its meaning yet." : `${nearness(parts.dense)} (${parts.dense.toFixed(2)} of 1)${place(parts.dense_rank, "closest")}.`,
      share: clamp(parts.dense ?? 0),
    },
    {
      name: "Words",
      text: parts.text === null || parts.text <= 0 ? "None in common with what was asked." : `Some in common with what was asked${place(parts.text_rank, "most fitting")}.`,
      share: best.text > 0 ? clamp((parts.text ?? 0) / best.text) : 0,
    },
    {
      name: "Time",
      text: parts.time > 0 ? `It was said at the time that was asked for, which adds ${figure(parts.time)}.` : "No time was asked for, or it was said at another one.",
      share: ofScore(parts.time),
    },
    { name: "Importance", text: `Adds ${figure(parts.importance)}.`, share: ofScore(parts.importance) },
    { name: "Recency", text: parts.recency < 0.005 ? "It was said long ago, which adds nothing." : `Adds ${figure(parts.recency)} for having been said lately.`, share: ofScore(parts.recency) },
  ];
}

function nearness(dense: number): string {
  if (dense >= 0.8) return "Very close";
  if (dense >= 0.65) return "Close";
  return dense >= 0.5 ? "Somewhat close" : "Far";
}

function place(rank: number | null, word: string): string {
  if (rank === null) return "";
  return rank === 1 ? `, the ${word} of all` : `, the ${ordinal(rank)} ${word}`;
}

/** Returns a rank as it is said: 1st, 22nd, 113th. */
export function ordinal(number: number): string {
  const isTeen = Math.floor((number % 100) / 10) === 1;
  const ending = isTeen ? "th" : (["th", "st", "nd", "rd"][number % 10] ?? "th");
  return `${number.toLocaleString("en")}${ending}`;
}

const figure = (value: number): string => value.toFixed(2);
const clamp = (value: number): number => Math.min(1, Math.max(0, value));
