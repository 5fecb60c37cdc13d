import type { ReactNode } from "react";

/** A sentence of the server; what stands in backticks is something to type. */
export function Sentence({ text }: { text: string }): ReactNode {
  return text.split("`").map((part, index) =>
    index % 2 === 0 ? part : (
      // oxlint-disable-next-line react/no-array-index-key -- the parts of one text never move
      <code key={index} className="rounded bg-raised px-1 font-mono text-[0.9em] text-text">{part}</code>
    ),
  );
}
