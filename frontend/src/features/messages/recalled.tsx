import { createContext, Suspense, use, useMemo, useState, type ReactElement, type ReactNode } from "react";
import type { Message } from "@/api/types";
import type { MarksShown } from "@/ui/markdown/marks";

/** Which memory of an answer is to be looked at; an empty mark is none of them in particular. */
export interface Look {
  mark: string;
}

/** Shows the memories that an answer was given. The page brings it, since it belongs to another part. */
export const ShowRecalled = createContext<(messageId: string, look: Look) => ReactNode>(() => null);

interface Recalled {
  marks: MarksShown | null;
  count: number;
  look: Look | null;
  setLook: (look: Look | null) => void;
}

/** The memories that an answer was given, by their marks, and which of them are looked at. */
export function useRecalled({ metadata }: Message): Recalled {
  const [look, setLook] = useState<Look | null>(null);
  const known = useMemo(() => marksOf(metadata), [metadata]);
  const marks = useMemo(() => (known.size === 0 ? null : { known, show: (mark: string) => setLook({ mark }) }), [known]);
  return { marks, count: known.size, look, setLook };
}

/** How many memories an answer was given; opens the list of them. */
export function RecalledFooter({ messageId, recalled: { count, look, setLook } }: { messageId: string; recalled: Recalled }): ReactElement | null {
  const show = use(ShowRecalled);
  if (count === 0) return null;
  return (
    <>
      <button type="button" aria-expanded={look !== null} className="rounded text-xs text-faint underline" onClick={() => setLook(look ? null : { mark: "" })}>
        {count === 1 ? "1 memory used" : `${count} memories used`}
      </button>
      {look && <Suspense fallback={null}>{show(messageId, look)}</Suspense>}
    </>
  );
}

function marksOf({ memories }: Message["metadata"]): ReadonlySet<string> {
  const all: { mark?: unknown }[] = Array.isArray(memories) ? memories : [];
  return new Set(all.map((one) => one?.mark).filter((mark) => typeof mark === "string"));
}
