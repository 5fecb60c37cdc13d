import hljs from "highlight.js/lib/common";
import { Fragment, type ReactNode } from "react";
import "./highlight.css";

interface Scope {
  scope: string | undefined;
  children: (Scope | string)[];
}

/** Collects what the highlighter finds as a tree, so that no HTML is made. */
class TreeEmitter {
  private readonly open: Scope[] = [{ scope: undefined, children: [] }];
  // The highlighter makes one of these for each text, with its options.
  options: unknown;

  constructor(options: unknown) {
    this.options = options;
  }

  get root(): Scope {
    return this.open[0] ?? { scope: undefined, children: [] };
  }

  addText(text: string): void {
    if (text !== "") this.open.at(-1)?.children.push(text);
  }

  startScope(scope: string): void {
    const child: Scope = { scope, children: [] };
    this.open.at(-1)?.children.push(child);
    this.open.push(child);
  }

  endScope(): void {
    if (this.open.length > 1) this.open.pop();
  }

  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  __addSublanguage(other: TreeEmitter, name: string): void {
    this.open.at(-1)?.children.push({ scope: name ? `language:${name}` : undefined, children: other.root.children });
  }

  finalize(): void {
    this.open.length = 1;
  }

  toHTML(): string {
    return "";
  }
}

hljs.configure({ __emitter: TreeEmitter } as unknown as Parameters<typeof hljs.configure>[0]);

/** Returns code as elements with classes for its colours; null for a language that is not known. */
export function highlight(code: string, language: string): ReactNode {
  if (!hljs.getLanguage(language)) return null;
  const { _emitter: emitter } = hljs.highlight(code, { language, ignoreIllegals: true });
  return emitter instanceof TreeEmitter ? nodes(emitter.root) : null;
}

function nodes({ children }: Scope): ReactNode {
  return children.map((child, index) => {
    if (typeof child === "string") return <Fragment key={index}>{child}</Fragment>;
    if (child.scope === undefined) return <Fragment key={index}>{nodes(child)}</Fragment>;
    return <span key={index} className={`hl-${child.scope.split(/[.:]/)[0]}`}>{nodes(child)}</span>;
  });
}
