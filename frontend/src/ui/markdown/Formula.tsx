import { useEffect, useState, type ReactElement, type ReactNode } from "react";
import type { MathToken } from "./mathRules";

/** A formula; until what draws it is loaded, and where it can't be read, it stands as it was written. */
export function Formula({ token }: { token: MathToken }): ReactElement {
  const { tex, isDisplay, raw } = token;
  const drawn = useDrawn(tex, isDisplay);
  if (drawn === null) return <code>{raw.trim()}</code>;
  if (!isDisplay) return <>{drawn}</>;
  return <span className="math-frame" tabIndex={0} role="group" aria-label="Formula">{drawn}</span>; // wide ones scroll
}

function useDrawn(tex: string, isDisplay: boolean): ReactNode {
  const [result, setResult] = useState<{ of: string; nodes: ReactNode } | null>(null);
  useEffect(() => {
    let isCurrent = true;
    import("./math")
      .then(({ formula }) => isCurrent && setResult({ of: tex, nodes: formula(tex, isDisplay) }))
      .catch(() => isCurrent && setResult(null));
    return () => {
      isCurrent = false;
    };
  }, [tex, isDisplay]);
  return result?.of === tex ? result.nodes : null;
}
