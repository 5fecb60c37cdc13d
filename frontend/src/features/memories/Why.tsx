import type { ReactElement } from "react";
import type { ScoreParts } from "@/api/types";
import { reasonsOf, type Best } from "./words";

interface Props {
  parts: ScoreParts;
  score: number;
  best: Best;
  question?: string;
}

/** The parts of a score in words, each with a bar. */
export function Why({ parts, score, best, question = "Why was this found?" }: Props): ReactElement {
  return (
    <details className="memory-why">
      <summary>{question}</summary>
      <dl>
        {reasonsOf(parts, score, best).map(({ name, text, share }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {text}
              <svg aria-hidden="true" className="memory-bar" viewBox="0 0 100 4" preserveAspectRatio="none">
                <rect className="memory-bar-all" width="100" height="4" />
                <rect width={share * 100} height="4" />
              </svg>
            </dd>
          </div>
        ))}
        <div>
          <dt>Score</dt>
          <dd>{score.toFixed(2)}, to be compared with the others of this search only.</dd>
        </div>
      </dl>
    </details>
  );
}
