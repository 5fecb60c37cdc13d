import type { ReactElement } from "react";

const LOOKS = {
  idle: { color: "bg-faint", label: "Ready" },
  off: { color: "border border-faint", label: "Switched off" },
  working: { color: "bg-green animate-pulse-dot", label: "Working" },
  failed: { color: "bg-danger", label: "Last run failed" },
} as const;

export function StateDot({ state, className = "" }: { state: keyof typeof LOOKS; className?: string }): ReactElement {
  const { color, label } = LOOKS[state];
  return (
    <span title={label} className={`inline-block size-2 rounded-full ${color} ${className}`}>
      <span className="sr-only">{label}</span>
    </span>
  );
}
