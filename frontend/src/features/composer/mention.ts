/** What can be mentioned: how it is typed, and what it is called. */
export interface Mentionable {
  id: string;
  handle: string;
  name: string;
  role: string;
  /** Whether it is a member here; members come first among equals. */
  isMember?: boolean;
}

/** A mention that is being typed: `start` is the place of its sign, in UTF-16 units. */
export interface Typed {
  start: number;
  end: number;
  query: string;
}

const MAX_QUERY = 50;
// More than the difference of handle and name, less than that of a beginning and a part.
const MEMBER_BONUS = 5;
const BEFORE = /[\s([{"'*_~>:;,!?—–-]/u;
const PART = /^[\p{L}\p{N}\p{M}-]*$/u;

/** Returns the mention that the caret stands in, null when it stands in none. */
export function typedMention(text: string, caret: number): Typed | null {
  const start = text.lastIndexOf("@", caret - 1);
  if (start === -1 || caret - start > MAX_QUERY) return null;
  if (start > 0 && !BEFORE.test(text[start - 1] ?? "")) return null;
  const query = text.slice(start + 1, caret);
  if (!PART.test(query) || isInCode(text.slice(0, start))) return null;
  const rest = /^[\p{L}\p{N}\p{M}-]*/u.exec(text.slice(caret))?.[0] ?? "";
  return { start, end: caret + rest.length, query };
}

/** Returns the agents that fit what is typed, the best first. */
export function fitting<T extends Mentionable>(agents: readonly T[], query: string, limit: number): T[] {
  const wanted = fold(query);
  const scored: { agent: T; score: number }[] = [];
  for (const agent of agents) {
    const score = Math.max(
      fit(fold(agent.handle), wanted) + 2,
      fit(fold(agent.name), wanted) + 1,
      fit(fold(agent.role), wanted) - 20,
    );
    if (score > 0) scored.push({ agent, score: agent.isMember ? score + MEMBER_BONUS : score });
  }
  scored.sort((a, b) => b.score - a.score || a.agent.handle.localeCompare(b.agent.handle));
  return scored.slice(0, limit).map(({ agent }) => agent);
}

/** Returns the text with the mention completed, and where the caret goes. */
export function complete(text: string, typed: Typed, handle: string): { text: string; caret: number } {
  const after = text.slice(typed.end);
  const space = /^\s/.test(after) ? "" : " ";
  return {
    text: `${text.slice(0, typed.start)}@${handle}${space}${after}`,
    caret: typed.start + handle.length + 2,
  };
}

/**
 * How well a name fits: the whole name, its beginning, the beginning of a word, a part, or the letters in their
 * order with gaps; 0 when it does not.
 */
function fit(name: string, wanted: string): number {
  if (wanted === "") return 1;
  if (name === wanted) return 100;
  if (name.startsWith(wanted)) return 90 - Math.min(20, name.length - wanted.length);
  const at = name.indexOf(wanted);
  if (at > 0) return /[\s-]/.test(name[at - 1] ?? "") ? 65 : 45;
  return subsequence(name, wanted);
}

function subsequence(name: string, wanted: string): number {
  let at = -1;
  let gaps = 0;
  for (const letter of wanted) {
    const next = name.indexOf(letter, at + 1);
    if (next === -1) return -100;
    const isWordStart = next === 0 || /[\s-]/.test(name[next - 1] ?? "");
    if (next !== at + 1 && !isWordStart) gaps += 1;
    at = next;
  }
  return gaps > 1 + wanted.length / 3 ? -100 : 35 - gaps * 3;
}

function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

function isInCode(before: string): boolean {
  const fences = before.match(/^ {0,3}```/gmu)?.length ?? 0;
  if (fences % 2 === 1) return true;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return (line.split("`").length - 1) % 2 === 1;
}
