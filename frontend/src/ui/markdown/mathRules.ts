import type { TokenizerAndRendererExtension, Tokens } from "marked";

/** A formula in a text; `raw` is how it was written. */
export interface MathToken extends Tokens.Generic {
  type: "math";
  tex: string;
  isDisplay: boolean;
}

type Rule = readonly [RegExp, boolean];

const MAX_TEX = 4_000;
// None holds its own beginning or end, so that text with many of them takes no longer.
const DOLLARS = String.raw`\$\$((?=\s*[^\s$])(?:\\[\s\S]|[^$\\])+?)\$\$`;
const SQUARE = String.raw`\\\[((?!\s*\\\])(?:\\\\|(?!\\[\[\]])[\s\S])+?)\\\]`;
const ROUND = String.raw`\\\(((?!\s*\\\))(?:\\\\|(?!\\[()])[\s\S])+?)\\\)`;
// As pandoc reads it, so that prices stay prices: nothing blank inside the signs, no digit behind them.
const DOLLAR = String.raw`\$(?!\s)((?:\\[\s\S]|[^$\\\n])+?)(?<!\s)\$(?![\d$])`;
const BLOCK = String.raw` {0,3}(?:${DOLLARS}|${SQUARE})[ \t]*(?:\n|$)`;

const IN_LINE: readonly Rule[] = [
  [new RegExp(`^${DOLLARS}`), true],
  [new RegExp(`^${DOLLAR}`), false],
  [new RegExp(`^${ROUND}`), false],
  [new RegExp(`^${SQUARE}`), true],
];
const IN_BLOCK: readonly Rule[] = [[new RegExp(`^${BLOCK}`), true]];
const SIGN = /\$|\\[([]/;
const WHOLE_BLOCK = new RegExp(`(?:^|\\n)${BLOCK}`);

/** How formulas are found in Markdown. */
export const MATH: readonly TokenizerAndRendererExtension[] = [
  { name: "math", level: "inline", start: (text) => indexOf(text, SIGN), tokenizer: (text) => first(text, IN_LINE) },
  { name: "math", level: "block", start: startOfBlock, tokenizer: (text) => first(text, IN_BLOCK) },
];

function startOfBlock(text: string): number | undefined {
  // Asked for each paragraph about all that follows; most texts hold none, which is seen faster like this.
  return text.includes("$$") || text.includes("\\[") ? indexOf(text, WHOLE_BLOCK) : undefined;
}

function first(text: string, rules: readonly Rule[]): MathToken | undefined {
  for (const [rule, isDisplay] of rules) {
    const found = rule.exec(text);
    const tex = (found?.[1] ?? found?.[2] ?? "").trim();
    if (found && tex !== "" && tex.length <= MAX_TEX) return { type: "math", raw: found[0], tex, isDisplay };
  }
  return undefined;
}

function indexOf(text: string, sign: RegExp): number | undefined {
  const at = text.search(sign);
  return at === -1 ? undefined : at;
}
