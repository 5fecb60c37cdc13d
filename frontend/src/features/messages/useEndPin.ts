import { useCallback, useEffect, useLayoutEffect, useRef, type RefObject } from "react";

/**
 * Keeps the end in view once it was seen, however rows, the list or the window change their size, until the user
 * scrolls up. Where newer messages are yet to be loaded there is no end to keep.
 */
export function useEndPin(
  scroller: RefObject<HTMLElement | null>,
  nearEnd: number,
  isEndLoaded: boolean,
): { onScroll: () => void; pin: (isPinned: boolean) => void } {
  const isPinned = useRef(false);
  const lastTop = useRef(0);
  const onScroll = useCallback(() => {
    const list = scroller.current;
    if (list === null) return;
    const wentUp = list.scrollTop < lastTop.current;
    lastTop.current = list.scrollTop;
    if (distance(list) <= nearEnd) isPinned.current = isEndLoaded;
    else if (wentUp) isPinned.current = false;
  }, [scroller, nearEnd, isEndLoaded]);
  const pin = useCallback((next: boolean) => {
    isPinned.current = next;
  }, []);
  const keep = useCallback(() => {
    const list = scroller.current;
    if (list === null || !isPinned.current || !isEndLoaded) return;
    if (distance(list) > 1) list.scrollTo({ top: list.scrollHeight });
    // Where rows became smaller the browser has moved the list up; that was not the user.
    lastTop.current = list.scrollTop;
  }, [scroller, isEndLoaded]);
  useLayoutEffect(keep);
  useEffect(() => {
    const list = scroller.current;
    if (list === null) return;
    // A list that only gets smaller, as under a banner, is not rendered anew, and neither is one whose rows change.
    const observer = new ResizeObserver(keep);
    observer.observe(list);
    for (const content of list.children) observer.observe(content);
    return () => observer.disconnect();
  }, [scroller, keep]);
  return { onScroll, pin };
}

function distance(list: HTMLElement): number {
  return list.scrollHeight - list.clientHeight - list.scrollTop;
}
