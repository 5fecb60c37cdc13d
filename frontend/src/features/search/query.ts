/** An operator at the end of what is typed, with its value so far. */
export interface Unfinished {
  operator: Operator;
  value: string;
  /** Where the operator begins. */
  start: number;
}

export type Operator = "from" | "in" | "before" | "after" | "on";

const UNFINISHED = /(?:^|\s)-?((from|in|before|after|on):(?:"([^"]*)|([^\s"]*)))$/i;

/** Returns the operator that is being typed, null when the text ends otherwise. */
export function unfinished(text: string): Unfinished | null {
  const found = UNFINISHED.exec(text);
  const [, token = "", operator = "", quoted, plain = ""] = found ?? [];
  if (found === null) return null;
  return { operator: operator.toLowerCase() as Operator, value: quoted ?? plain, start: text.length - token.length };
}

/** Returns the text with the operator that is being typed replaced by a whole one. */
export function completed(text: string, { operator, start }: Unfinished, value: string): string {
  return `${text.slice(0, start)}${operator}:${/\s/.test(value) ? `"${value}"` : value} `;
}

/** Returns the text with a piece more, a blank between them. */
export function extended(text: string, piece: string): string {
  return text === "" || /\s$/.test(text) ? text + piece : `${text} ${piece}`;
}

/** Returns a text in parts of which some matched; the places are counted in code points. */
export function marked(text: string, matches: readonly { start: number; end: number }[]): { text: string; isMatch: boolean }[] {
  const points = [...text];
  const parts: { text: string; isMatch: boolean }[] = [];
  let at = 0;
  for (const { start, end } of matches) {
    if (start > at) parts.push({ text: points.slice(at, start).join(""), isMatch: false });
    parts.push({ text: points.slice(start, end).join(""), isMatch: true });
    at = end;
  }
  if (at < points.length) parts.push({ text: points.slice(at).join(""), isMatch: false });
  return parts;
}
