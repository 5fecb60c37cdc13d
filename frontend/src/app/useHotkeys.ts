import { useEffect } from "react";
import { closePanel, openPanel, usePanel } from "./panels";

/** Keys that work everywhere. Letters and signs only outside of fields. */
export function useHotkeys(moveChannel: (step: 1 | -1) => void, search: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const act = actionOf(event, moveChannel, search);
      if (act === null) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [moveChannel, search]);
}

function actionOf(event: KeyboardEvent, moveChannel: (step: 1 | -1) => void, search: () => void): (() => void) | null {
  if (event.isComposing) return null;
  const { key } = event;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && key.toLowerCase() === "k") {
    return usePanel.getState().open === "switcher" ? closePanel : () => openPanel("switcher");
  }
  if (usePanel.getState().open !== null) return null;
  if ((event.ctrlKey || event.metaKey) && event.shiftKey && !event.altKey && key.toLowerCase() === "f") return search;
  if (event.altKey && !event.ctrlKey && key === "ArrowDown") return () => moveChannel(1);
  if (event.altKey && !event.ctrlKey && key === "ArrowUp") return () => moveChannel(-1);
  if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return null;
  if (key === "/") return search;
  if (key === "?") return () => openPanel("shortcuts");
  if (key === "c") return focusComposer;
  return null;
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}

function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>("main [data-composer]")?.focus();
}
