import { createContext, Fragment, use, type ReactNode } from "react";

/** The marks of sources in a text, such as m1, and what shows one. */
export interface MarksShown {
  known: ReadonlySet<string>;
  show: (mark: string) => void;
}

export const Marks = createContext<MarksShown | null>(null);

/** Text in which `[m1]` and `[m1, m2]` lead to the sources that are known; `plain` draws what is around. */
export function Marked({ text, plain }: { text: string; plain: (text: string) => ReactNode }): ReactNode {
  const marks = use(Marks);
  if (marks === null) return plain(text);
  return text.split(/(\[m\d+(?:[,;] ?m\d+)*\])/).map((part, index) => <Fragment key={index}>{index % 2 === 0 ? plain(part) : sources(part, marks)}</Fragment>);
}

function sources(part: string, { known, show }: MarksShown): ReactNode {
  return part.split(/(m\d+)/).map((piece, index) =>
    known.has(piece) ? (
      <button key={index} type="button" aria-label={`Memory ${piece}`} className="rounded text-cyan underline" onClick={() => show(piece)}>
        {piece}
      </button>
    ) : (
      piece
    ),
  );
}
