import { useEffect, useState, type ReactElement, type ReactNode } from "react";
import { CopyButton } from "@/ui/CopyButton";

const MAX_HIGHLIGHTED = 50_000; // characters; more takes too long for what it gives

/** A block of code with its language and a button that copies it. Colours come when they are loaded. */
export function CodeBlock({ code, language, isClosed }: { code: string; language: string; isClosed: boolean }): ReactElement {
  const name = /^[\w+#.-]+/.exec(language)?.[0] ?? "";
  const colored = useHighlighted(code, name, isClosed && name !== "");
  return (
    <figure className="code-frame">
      <figcaption>
        <span>{name || "text"}</span>
        <CopyButton text={code} label="Copy code" />
      </figcaption>
      <pre role="group" tabIndex={0} aria-label={name ? `Code in ${name}` : "Code"}>
        <code>{colored ?? code}</code>
      </pre>
    </figure>
  );
}

function useHighlighted(code: string, language: string, isWanted: boolean): ReactNode {
  const [result, setResult] = useState<{ of: string; nodes: ReactNode } | null>(null);
  useEffect(() => {
    if (!isWanted || code.length > MAX_HIGHLIGHTED) return;
    let isCurrent = true;
    import("./highlight")
      .then(({ highlight }) => isCurrent && setResult({ of: code, nodes: highlight(code, language) }))
      .catch(() => undefined); // plain code can be read as well
    return () => {
      isCurrent = false;
    };
  }, [code, language, isWanted]);
  return isWanted && result?.of === code ? result.nodes : null;
}
