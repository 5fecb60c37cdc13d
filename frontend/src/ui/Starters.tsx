import type { ReactElement } from "react";

interface Props {
  texts: readonly string[];
  onStart: (text: string) => void;
}

/** First words, put into the field so that they can be changed before they are sent. */
export function Starters({ texts, onStart }: Props): ReactElement | null {
  if (texts.length === 0) return null;
  return (
    <ul aria-label="To begin with" className="mt-4 flex flex-wrap gap-2">
      {texts.map((text) => (
        <li key={text}>
          <button
            type="button"
            onClick={() => onStart(text)}
            className="rounded-lg border border-line bg-panel px-3 py-1.5 text-left text-sm text-soft transition-colors hover:border-edge hover:text-text"
          >
            {text}
          </button>
        </li>
      ))}
    </ul>
  );
}
