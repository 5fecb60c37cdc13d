import { useId, useRef, useState, type KeyboardEvent, type ReactElement } from "react";
import { useAgents, useChannels } from "@/api/hooks";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Beginning } from "./Beginning";
import { HitRow } from "./HitRow";
import { completed, extended, unfinished } from "./query";
import { suggestionsFor } from "./suggestions";
import { useSearch, type Hit, type Sort } from "./useSearch";
import "./search.css";

const SORTS: [Sort, string][] = [["newest", "Newest"], ["relevance", "Best match"]];
const PIECES = ["from:", "in:", "after:", "before:", '"'];
const NEAR_END = 4;

interface Props {
  text: string;
  sort: Sort;
  onText: (text: string) => void;
  onSort: (sort: Sort) => void;
  onOpen: (hit: Hit) => void;
  onClose: () => void;
  /** The name of the channel that was open before, to search in it alone. */
  place: string | undefined;
}

/** A field with operators, and under it what they find; the focus stays in the field. */
export function SearchView({ text, sort, onText, onSort, onOpen, onClose, place }: Props): ReactElement {
  const found = useSearch(text, sort);
  const agents = useAgents();
  const suggestions = suggestionsFor(text, agents, useChannels());
  const [active, setActive] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const listId = useId();
  const count = suggestions.length || found.hits.length;
  const at = Math.min(active, count - 1);
  const change = (next: string): void => {
    onText(next);
    setActive(0);
    field.current?.focus();
  };
  const pick = (index: number): void => {
    const token = unfinished(text);
    const suggestion = suggestions[index];
    const hit = found.hits[index];
    if (suggestion && token) change(completed(text, token, suggestion.value));
    else if (hit && suggestions.length === 0) onOpen(hit);
  };
  const move = (step: number): void => {
    const next = Math.max(0, Math.min(count - 1, at + step));
    setActive(next);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
    if (suggestions.length === 0 && next >= count - NEAR_END) found.more?.();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 }[event.key];
    if (step !== undefined) move(step);
    else if (event.key === "Enter" || (event.key === "Tab" && suggestions.length > 0 && !event.shiftKey)) pick(at);
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="mx-auto w-full max-w-3xl px-3 pt-4 sm:px-5">
        <div className="flex items-center gap-3 rounded-xl border border-line bg-raised px-4 focus-within:border-cyan">
          <Icon name="search" className="size-4.5 text-faint" />
          <input
            ref={field}
            data-search
            role="combobox"
            aria-label="Search messages"
            aria-expanded={count > 0}
            aria-controls={count > 0 ? listId : undefined}
            aria-activedescendant={count > 0 ? `${listId}-${at}` : undefined}
            aria-autocomplete="list"
            autoComplete="off"
            spellCheck={false}
            maxLength={500}
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the page has no other purpose
            autoFocus
            value={text}
            placeholder="Search messages"
            onChange={(event) => change(event.target.value)}
            onKeyDown={onKeyDown}
            className="h-12 min-w-0 flex-1 bg-transparent outline-none"
          />
        </div>
        <div className="flex flex-wrap items-center gap-1.5 py-3">
          {place !== undefined && <Chip text={`in:#${place}`} onClick={() => change(extended(text, `in:${/\s/.test(place) ? `"#${place}"` : `#${place}`} `))} />}
          {PIECES.map((piece) => (
            <Chip key={piece} text={piece === '"' ? '"exact words"' : piece} onClick={() => change(extended(text, piece))} />
          ))}
          <div role="group" aria-label="Order" className="ml-auto flex rounded-lg border border-line p-0.5">
            {SORTS.map(([value, label]) => (
              <button key={value} type="button" aria-pressed={sort === value} onClick={() => onSort(value)} className="rounded-md px-2.5 py-0.5 text-xs text-soft aria-pressed:bg-hover aria-pressed:text-cyan">
                {label}
              </button>
            ))}
          </div>
        </div>
        {found.error && <p role="alert" className="pb-2 text-sm text-danger">{found.error}</p>}
        <div role="status">
          {found.notes.map((note) => <p key={note} className="pb-2 text-sm text-orange">{note}</p>)}
          <p className="sr-only">{statusOf(text, found, suggestions.length)}</p>
        </div>
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-3 pb-6 sm:px-5">
        <div className="mx-auto max-w-3xl">
          {count > 0 && (
            <ul ref={list} id={listId} role="listbox" aria-label={suggestions.length > 0 ? "Suggestions" : "Results"} aria-busy={found.isSearching}>
              {(suggestions.length > 0 ? suggestions : found.hits).map((row, index) => (
                <li
                  key={"message" in row ? row.message.id : row.value}
                  id={`${listId}-${index}`}
                  role="option"
                  aria-selected={index === at}
                  onPointerMove={() => setActive(index)}
                  onClick={() => pick(index)}
                  className="hit"
                >
                  {"message" in row ? <HitRow hit={row} /> : <><span className="font-medium">{row.value}</span> <span className="text-sm text-faint">{row.note}</span></>}
                </li>
              ))}
            </ul>
          )}
          {suggestions.length === 0 && found.more && <Button className="mx-auto mt-3" onClick={found.more}>More results</Button>}
          {text.trim() === "" && suggestions.length === 0 && <Beginning />}
          {isNothing(text, found, count) && <p className="py-10 text-center text-soft">Nothing is found. Fewer words, or the beginning of one, find more.</p>}
        </div>
      </div>
    </div>
  );
}

function Chip({ text, onClick }: { text: string; onClick: () => void }): ReactElement {
  return (
    <button type="button" onClick={onClick} className="rounded-full border border-line px-2.5 py-0.5 font-mono text-xs text-soft hover:border-edge hover:text-text">
      {text}
    </button>
  );
}

type Found = ReturnType<typeof useSearch>;

function isNothing(text: string, found: Found, count: number): boolean {
  return count === 0 && text.trim() !== "" && !found.isSearching && found.error === null && found.notes.length === 0;
}

function statusOf(text: string, found: Found, suggested: number): string {
  if (suggested > 0) return `${suggested} suggestions`;
  if (text.trim() === "" || found.isSearching) return "";
  const shown = found.hits.length === 1 ? "1 result" : `${found.hits.length} results`;
  return found.more ? `The first ${shown}` : shown;
}
