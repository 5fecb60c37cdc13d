import { create } from "zustand";

export type Panel = "switcher" | "shortcuts" | "settings";

export const usePanel = create<{ open: Panel | null }>(() => ({ open: null }));

export function openPanel(panel: Panel): void {
  usePanel.setState({ open: panel });
}

export function closePanel(): void {
  usePanel.setState({ open: null });
}
