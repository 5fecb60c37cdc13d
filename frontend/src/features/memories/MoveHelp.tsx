import type { ReactElement } from "react";

/** How an export gets into another workspace or agent. */
export function MoveHelp({ handle }: { handle: string }): ReactElement {
  return (
    <details className="memory-why">
      <summary>How to import memories</summary>
      <p className="pt-2">
        <code className="rounded bg-raised px-1 font-mono text-text">reznet memories import FILE --agent {handle}</code>
      </p>
      <p className="pt-1">
        The file is an export, or has a line of JSON for each memory, such as <code className="rounded bg-raised px-1 font-mono text-text">{'{"content": "Ada lives in Rome."}'}</code>. What is remembered already is not stored twice.
      </p>
    </details>
  );
}
