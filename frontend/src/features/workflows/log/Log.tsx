import { useEffect, useRef, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import { Button } from "@/ui/Button";
import type { LogQuery } from "./query";
import { useLog } from "./useLog";
import "./log.css";

interface Props<T> {
  label: string;
  query: LogQuery<T>;
  /** What is said where nothing has happened. */
  none: string;
  children: (row: T) => ReactElement;
}

/** What has happened in the last 30 days, newest first; older rows come when they are asked for. */
export function Log<T extends { id: string }>({ label, query, none, children }: Props<T>): ReactElement {
  const { rows, pages, lastPageAt, error, retry, ...older } = useLog(query);
  const list = useRef<HTMLUListElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const pagesWhenAsked = useRef<number | null>(null);
  // Whoever asked for older rows goes on at the first of them; the button is behind them now, or gone.
  useEffect(() => {
    if (pagesWhenAsked.current === null || pages <= pagesWhenAsked.current) return;
    pagesWhenAsked.current = null;
    const { activeElement } = document;
    const items = list.current?.children;
    const first = items?.[Math.min(lastPageAt, items.length - 1)];
    if (first instanceof HTMLElement && (activeElement === button.current || activeElement === document.body)) first.focus();
  }, [pages, lastPageAt]);
  const ask = (): void => {
    if (older.isLoadingOlder) return;
    pagesWhenAsked.current = pages;
    older.loadOlder();
  };
  return (
    <div className="grid gap-2">
      {error && <p role="alert" className="flex flex-wrap items-center gap-3 text-sm text-danger">{sentence(error)} <Button size="small" icon="retry" onClick={retry}>Try again</Button></p>}
      {!rows && !error && <p role="status" className="text-sm text-faint">Loading…</p>}
      {rows?.length === 0 && <p className="text-sm text-soft">{none}</p>}
      {rows && rows.length > 0 && (
        <>
          <ul ref={list} aria-label={label} className="wf-log">
            {rows.map((row) => <li key={row.id} tabIndex={-1}>{children(row)}</li>)}
          </ul>
          {older.olderError && <p role="alert" className="text-sm text-danger wrap-anywhere">{sentence(older.olderError)}</p>}
          <div className="flex flex-wrap items-center gap-3">
            {older.hasOlder && (
              <Button ref={button} size="small" icon={older.olderError ? "retry" : undefined} className="aria-disabled:text-faint" aria-disabled={older.isLoadingOlder} onClick={ask}>
                {older.isLoadingOlder ? "Loading…" : older.olderError ? "Try again" : "Show older"}
              </Button>
            )}
            <p role="status" className="text-xs text-faint">{extent(rows.length, pages, older.hasOlder)}</p>
          </div>
        </>
      )}
    </div>
  );
}

/** Returns how much of it is shown; nothing where it is all there from the beginning. */
function extent(count: number, pages: number, hasOlder: boolean): string {
  if (hasOlder) return `The last ${count} are shown.`;
  return pages > 1 ? "That is all of the last 30 days." : "";
}
