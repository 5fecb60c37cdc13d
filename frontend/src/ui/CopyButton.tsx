import { useEffect, useState, type ReactElement } from "react";
import { IconButton } from "./Button";

const SHOWN_MS = 1_500;

/** Copies a text, and says so. */
export function CopyButton({ text, label, className }: { text: string; label: string; className?: string }): ReactElement {
  const [outcome, setOutcome] = useState<"" | "Copied" | "Copying is not allowed here">("");
  useEffect(() => {
    if (outcome === "") return;
    const timer = setTimeout(() => setOutcome(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  return (
    <>
      <IconButton
        icon={outcome === "Copied" ? "check" : "copy"}
        label={outcome || label}
        className={className ?? ""}
        onClick={() => void copy(text).then((isDone) => setOutcome(isDone ? "Copied" : "Copying is not allowed here"))}
      />
      <span role="status" className="sr-only">{outcome}</span>
    </>
  );
}

/** Returns whether the text is now on the clipboard, which pages without HTTPS may not write. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
