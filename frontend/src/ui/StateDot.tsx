import type { ReactElement } from "react";

// Told apart by shape as well as by colour.
const LOOKS = {
  online: { look: "rounded-full bg-green", label: "Online" },
  working: { look: "rounded-full bg-cyan ring-2 ring-cyan/40 animate-pulse-dot", label: "Working" },
  failed: { look: "rotate-45 bg-danger", label: "Last run failed" },
  offline: { look: "rounded-full border-2 border-orange", label: "Offline" },
  off: { look: "rounded-full border border-faint", label: "Switched off" },
} as const;

interface Props {
  state: keyof typeof LOOKS;
  /** One sentence that says why; empty where the state says all. */
  why?: string;
  className?: string;
}

export function StateDot({ state, why = "", className = "" }: Props): ReactElement {
  return (
    <span title={stateLabel(state, why)} className={`inline-block size-2 shrink-0 ${LOOKS[state].look} ${className}`}>
      <span className="sr-only">{stateLabel(state, why)}</span>
    </span>
  );
}

/** The state in words, with the reason where there is one. */
export function stateLabel(state: keyof typeof LOOKS, why: string): string {
  return why === "" ? LOOKS[state].label : `${LOOKS[state].label}. ${why}`;
}
