import { useRef, useState, type DragEvent, type ReactElement } from "react";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";

interface Dropping {
  isOver: boolean;
  /** For the element over which files can be dropped. */
  handlers: Partial<Record<"onDragEnter" | "onDragOver" | "onDragLeave" | "onDrop", (event: DragEvent) => unknown>>;
}

/** Lets files be dropped; what else is dragged goes its usual way. */
export function useDropping(onFiles: (files: File[]) => void): Dropping {
  const [isOver, setIsOver] = useState(false);
  const depth = useRef(0); // each child is entered and left as well
  const enter = (step: number): void => {
    depth.current = Math.max(0, depth.current + step);
    setIsOver(depth.current > 0);
  };
  return {
    isOver,
    handlers: {
      onDragEnter: (event) => accepts(event) && enter(1),
      onDragOver: accepts,
      onDragLeave: (event) => accepts(event) && enter(-1),
      onDrop: (event) => {
        if (!accepts(event)) return;
        enter(-depth.current);
        onFiles(dropped(event.dataTransfer));
      },
    },
  };
}

/** Takes the event if files are dragged; text and links go their usual way. */
function accepts(event: DragEvent): boolean {
  const isTaken = event.dataTransfer.types.includes("Files");
  if (isTaken) event.preventDefault();
  return isTaken;
}

/** Covers what it stands in while files hover over it. */
export function DropOverlay(): ReactElement {
  return (
    <div aria-hidden="true" className="pointer-events-none absolute inset-2 z-30 grid place-content-center justify-items-center gap-2 rounded-2xl border-2 border-dashed border-cyan bg-base/85 font-medium text-cyan">
      <Icon name="upload" className="size-8" />
      Drop files to attach them
    </div>
  );
}

function dropped(data: DataTransfer): File[] {
  const entries = [...data.items].filter(({ kind }) => kind === "file").map((item) => item.webkitGetAsEntry?.() ?? null);
  if (entries.some((entry) => entry?.isDirectory)) notify("A folder can't be attached. Make an archive of it, and attach that.");
  return [...data.files].filter((_, index) => !entries[index]?.isDirectory);
}

/** Returns the files on a clipboard; none where it also has the text that was copied with its picture. */
export function pasted(data: DataTransfer): File[] {
  const isText = data.types.includes("text/html") && data.types.includes("text/plain");
  return isText ? [] : [...data.files];
}
