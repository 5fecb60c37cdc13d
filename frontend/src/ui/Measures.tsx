import type { ReactElement } from "react";

interface Props {
  /** Milliseconds from the start to the end. */
  took: number | null;
  tokens: number | null;
  /** Dollars; null where the price isn't known. */
  cost: string | null;
  /** Whether tokens and cost are guessed, where the provider did not count. */
  isEstimated: boolean;
  model: string | null;
  /** Whether the answer ended at its token limit. */
  isCut: boolean;
}

/** What an answer took: time, tokens, money where it is known, and the model. */
export function Measures({ took, tokens, cost, isEstimated, model, isCut }: Props): ReactElement | null {
  const about = isEstimated ? "about " : "";
  const parts = [
    took === null ? null : elapsed(took),
    tokens === null ? null : `${about}${tokens.toLocaleString()} ${tokens === 1 ? "token" : "tokens"}`,
    cost === null || Number(cost) === 0 ? null : `${about}${money(Number(cost))}`,
    model,
    isCut ? "cut off at the agent's token limit" : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : <p className="text-xs text-faint tabular-nums">{parts.join(" · ")}</p>;
}

/** Returns a time as people say it. */
function elapsed(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Returns dollars as people say them, however small. */
export function money(dollars: number): string {
  if (dollars < 0.0001) return "less than $0.0001";
  return `$${dollars < 0.1 ? dollars.toPrecision(2) : dollars.toFixed(2)}`;
}
