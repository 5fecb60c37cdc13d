import { use, useEffect, type ReactElement, type ReactNode } from "react";
import { IconButton } from "@/ui/Button";
import { FrameContext } from "./frameContext";

interface Props {
  /** The page's name in the browser's tabs and history. */
  page: string;
  /** What the page shows as its name; default: `page`. */
  title?: ReactNode;
  note?: ReactNode;
  children?: ReactNode;
}

/** The head of a page; on narrow screens also the way to the menu. */
export function TopBar({ page, title = page, note, children }: Props): ReactElement {
  const openMenu = use(FrameContext);
  useEffect(() => {
    document.title = `${page} · RezNet AI`;
  }, [page]);
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line px-3 sm:px-5">
      <IconButton icon="menu" label="Open the menu" className="md:hidden" onClick={openMenu} />
      <h1 className="flex min-w-0 items-center gap-2 font-semibold">{title}</h1>
      {note && <div className="hidden min-w-0 truncate border-l border-line pl-3 text-sm text-faint sm:block">{note}</div>}
      <div className="ml-auto flex shrink-0 items-center gap-2">{children}</div>
    </header>
  );
}
