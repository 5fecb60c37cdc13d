import { useState, type KeyboardEvent, type RefObject } from "react";

// What needs these keys itself: texts being written, and what scrolls inside a message.
const KEEPS_KEYS = "textarea, input, pre, .table-frame, [role=dialog]";

interface RowKeys {
  /** The row that Tab leads to; null is the last one. */
  active: number | null;
  /** The row that holds the focus. */
  focused: number | null;
  enter: (index: number) => void;
  leave: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** Moves the focus between rows with the arrow keys, also to rows that are not shown yet. */
export function useRowKeys(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  reveal: (index: number) => void,
): RowKeys {
  const [active, setActive] = useState<number | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const enter = (index: number): void => {
    setActive(index);
    setFocused(index);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const from = event.target as HTMLElement;
    const row = from.closest<HTMLElement>("[data-index]");
    if (row === null || from.closest(KEEPS_KEYS)) return;
    const next = target(event.key, Number(row.dataset["index"]), count);
    if (next === null) return;
    event.preventDefault();
    setActive(next);
    reveal(next);
    const focus = (): boolean => {
      const shown = scroller.current?.querySelector<HTMLElement>(`[data-index="${next}"]`) ?? null;
      shown?.focus({ preventScroll: true });
      return shown !== null;
    };
    // At once where it can be: in a frame's time the focus may have gone on by Tab.
    if (!focus()) requestAnimationFrame(focus);
  };
  return { active, focused, enter, leave: () => setFocused(null), onKeyDown };
}

function target(key: string, at: number, count: number): number | null {
  const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: count - 1 }[key];
  return next === undefined || next < 0 || next >= count ? null : next;
}
