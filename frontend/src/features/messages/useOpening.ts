import type { useVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import { isSilent, type Item } from "./items";

const SETTLE_FRAMES = 30;

interface Opening {
  virtualizer: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>;
  scroller: RefObject<HTMLElement | null>;
  items: readonly Item[];
  target: string | undefined;
  /** Whether the focus belongs elsewhere. */
  isPassedBy: boolean;
  pin: (isPinned: boolean) => void;
  /** Whether the target is not there, or could not be loaded. */
  hasFailed: boolean;
  isEndLoaded: boolean;
}

/**
 * Scrolls to where reading goes on: the message of the address, the first unread one, or the end. Returns whether that
 * has happened; before, nothing more should be loaded, since the way there is counted in rows.
 */
export function useOpening({ virtualizer, scroller, items, target, isPassedBy, pin, hasFailed, isEndLoaded }: Opening): boolean {
  const done = useRef<string | null>(null);
  const [settled, setSettled] = useState<string | null>(null);
  const wanted = target ?? "end";
  useLayoutEffect(() => {
    if (items.length === 0 || done.current === wanted) return;
    // That a target was left is no reason to move.
    if (target === undefined && done.current !== null) {
      done.current = wanted;
      setSettled(wanted);
      return;
    }
    const found = items.findIndex((item) => item.key === (target ?? "unread"));
    if (target !== undefined && found === -1 && !hasFailed) return;
    // What is loaded is what was around a target that is gone.
    const at = found === -1 && !isEndLoaded ? items.length >> 1 : found;
    // Where nothing was said, one begins at the top; the first message then leads to the end.
    if (isSilent(items)) return;
    done.current = wanted;
    pin(at === -1);
    if (at === -1) virtualizer.scrollToEnd();
    else virtualizer.scrollToIndex(at, { align: target === undefined ? "start" : "center" });
    whenShown(scroller, at === -1 ? items.length - 1 : at, (row) => {
      if (target !== undefined && found !== -1 && !isPassedBy) row?.focus({ preventScroll: true });
      setSettled(wanted);
    });
  }, [virtualizer, scroller, items, target, wanted, isPassedBy, pin, hasFailed, isEndLoaded]);
  return settled === wanted;
}

/** Calls back when a row is there and has come to rest, or after a while without it. */
function whenShown(scroller: RefObject<HTMLElement | null>, index: number, then: (row: HTMLElement | null) => void): void {
  let frames = SETTLE_FRAMES;
  let before: number | null = null;
  const look = (): void => {
    const list = scroller.current;
    if (list === null) return;
    const row = list.querySelector<HTMLElement>(`[data-index="${index}"]`);
    const isAtRest = row !== null && list.scrollTop === before;
    before = list.scrollTop;
    frames -= 1;
    if (isAtRest || frames === 0) then(row);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
