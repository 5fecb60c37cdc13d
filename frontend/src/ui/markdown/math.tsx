import temml from "temml";
import { createElement, type ReactNode } from "react";
import "./math.css";

/** A node of the library's tree: an element, a text or a fragment. */
interface MathNode {
  type?: string;
  text?: string;
  children?: readonly MathNode[];
  attributes?: Readonly<Record<string, unknown>>;
  classes?: readonly string[];
  style?: Readonly<Record<string, string>>;
}

const TAGS = new Set(
  "math mrow mi mn mo mtext ms mspace mfrac msqrt mroot mstyle mpadded mphantom msub msup msubsup munder mover munderover mmultiscripts mprescripts mtable mtr mtd menclose".split(" "),
);
const ATTRIBUTES = new Set(
  "accent accentunder columnspan depth display displaystyle fence form height largeop linethickness lspace mathbackground mathcolor mathvariant maxsize minsize movablelimits notation rowspan rspace scriptlevel separator stretchy symmetric voffset width".split(" "),
);
const CLASSES = /^(tml-[\w-]+|upstrike|downstrike|sout)$/;
const MAX_DEPTH = 100;
// Macros of a text may double what they stand for, again and again.
const LIMITS = { maxExpand: 200, maxSize: [20, 100] as [number, number] };

/** Returns TeX as MathML elements. Throws when it can't be read. Nothing in it can be more than a formula: only known parts pass. */
export function formula(tex: string, isDisplay: boolean): ReactNode {
  // oxlint-disable-next-line eslint/no-underscore-dangle -- its documented way to a tree instead of markup
  const tree: unknown = temml.__renderToMathMLTree(tex, { displayMode: isDisplay, throwOnError: true, strict: false, trust: false, ...LIMITS });
  return element(tree as MathNode, 0, 0);
}

function element(node: MathNode, key: number, depth: number): ReactNode {
  if (node.text !== undefined) return node.text;
  if (depth > MAX_DEPTH) throw new RangeError("The formula nests too deep.");
  const children = (node.children ?? []).map((child, index) => element(child, index, depth + 1));
  if (node.type === undefined || !TAGS.has(node.type)) return children;
  return createElement(node.type, { key, ...attributes(node), className: classes(node) }, ...children);
}

function attributes({ attributes: all = {} }: MathNode): Record<string, string> {
  const known = Object.entries(all).filter(([name]) => ATTRIBUTES.has(name));
  return Object.fromEntries(known.map(([name, value]) => [name, String(value)]));
}

/** Returns the classes that we have styles for. Cells without a gap are told by class, too: styles of their own are not taken over. */
function classes({ type, classes: all = [], style = {} }: MathNode): string | undefined {
  const known = all.filter((name) => CLASSES.test(name));
  if (type === "mtd") {
    if (isNothing(style["padding-left"] ?? style["paddingLeft"])) known.push("cell-flush-left");
    if (isNothing(style["padding-right"] ?? style["paddingRight"])) known.push("cell-flush-right");
  }
  return known.join(" ") || undefined;
}

const isNothing = (length: string | undefined): boolean => length !== undefined && Number.parseFloat(length) === 0;
