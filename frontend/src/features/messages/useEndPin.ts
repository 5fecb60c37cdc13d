import { useCallback, useLayoutEffect, useRef, type RefObject } from "react";

/**
 * Keeps the end in view once it was seen, however rows, the list or the window change their size, until the user
 * scrolls up.
 */
export function useEndPin(
  scroller: RefObject<HTMLElement | null>,
  nearEnd: number,
): { onScroll: () => void; pin: (isPinned: boolean) => void } {
  const isPinned = useRef(false);
  const lastTop = useRef(0);
  const onScroll = useCallback(() => {
    const list = scroller.current;
    if (list === null) return;
    const wentUp = list.scrollTop < lastTop.current;
    lastTop.current = list.scrollTop;
    if (distance(list) <= nearEnd) isPinned.current = true;
    else if (wentUp) isPinned.current = false;
  }, [scroller, nearEnd]);
  const pin = useCallback((next: boolean) => {
    isPinned.current = next;
  }, []);
  useLayoutEffect(() => {
    const list = scroller.current;
    if (list !== null && isPinned.current && distance(list) > 1) list.scrollTo({ top: list.scrollHeight });
  });
  return { onScroll, pin };
}

function distance(list: HTMLElement): number {
  return list.scrollHeight - list.clientHeight - list.scrollTop;
}
