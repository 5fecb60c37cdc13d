import type { ReactElement } from "react";
import { inkOn } from "./color";

const SIZES = { small: "size-5 text-[0.6rem] rounded-md", medium: "size-9 text-xs rounded-[10px]", large: "size-12 text-base rounded-xl" };

/** The initials of a name on a colour. Decoration: the name stands beside it. */
export function Avatar({
  name,
  color,
  size = "medium",
}: {
  name: string;
  color: string;
  size?: keyof typeof SIZES;
}): ReactElement {
  return (
    <span
      aria-hidden="true"
      className={`${SIZES[size]} inline-grid shrink-0 place-items-center font-bold tracking-wide uppercase select-none`}
      style={{ backgroundColor: color, color: inkOn(color) }}
    >
      {initials(name)}
    </span>
  );
}

export function initials(name: string): string {
  const words = name.split(/[\s-]+/).filter(Boolean);
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => [...word][0]) : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("");
}
