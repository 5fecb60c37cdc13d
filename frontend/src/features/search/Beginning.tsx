import type { ReactElement } from "react";

const EXAMPLES: [string, string][] = [
  ["deploy friday", "both words, in any order; the last one may be a beginning"],
  ['"release notes"', "these words as they stand"],
  ["deploy -draft", "without a word"],
  ["from:@backend", "said by an agent; from:me is you"],
  ["in:#general", "in a channel; in:@backend is the direct conversation"],
  ["after:2026-01-31", "also before: and on:, with a day, a month, a year, today or yesterday"],
];

/** What can be typed, as long as nothing is. */
export function Beginning(): ReactElement {
  return (
    <dl className="mx-auto grid max-w-2xl gap-x-6 gap-y-2.5 py-6 text-sm sm:grid-cols-[auto_1fr]">
      {EXAMPLES.map(([example, meaning]) => (
        <div key={example} className="contents">
          <dt className="font-mono text-cyan">{example}</dt>
          <dd className="text-soft">{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
