import type { ReactElement, ReactNode } from "react";

export interface Suggestion {
  id: string;
  content: ReactNode;
}

interface Props {
  id: string;
  label: string;
  suggestions: readonly Suggestion[];
  active: number;
  onPick: (index: number) => void;
  onPoint: (index: number) => void;
}

export const optionId = (listId: string, index: number): string => `${listId}-${index}`;

/** The list above the field; the focus stays in the field, which names the active option. */
export function Suggestions({ id, label, suggestions, active, onPick, onPoint }: Props): ReactElement {
  return (
    <ul id={id} role="listbox" aria-label={label} className="absolute bottom-full left-0 z-20 mb-2 max-h-72 w-full max-w-md overflow-y-auto rounded-xl border border-line bg-panel p-1.5 shadow-2xl shadow-black">
      {suggestions.map((suggestion, index) => (
        <li
          key={suggestion.id}
          id={optionId(id, index)}
          ref={index === active ? reveal : undefined}
          role="option"
          aria-selected={index === active}
          onPointerMove={() => onPoint(index)}
          onPointerDown={(event) => {
            event.preventDefault(); // the field keeps the focus
            onPick(index);
          }}
          className={`flex items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-sm ${index === active ? "bg-hover" : ""}`}
        >
          {suggestion.content}
        </li>
      ))}
    </ul>
  );
}

function reveal(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: "nearest" });
}
