import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState, type ReactElement } from "react";
import type { Agent } from "@/api/types";
import { Button, buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

const ImportDialog = lazy(() => import("./ImportDialog").then((module) => ({ default: module.ImportDialog })));
const ExportDialog = lazy(() => import("./ExportDialog").then((module) => ({ default: module.ExportDialog })));

interface Props {
  agents: readonly Agent[];
  shown: readonly Agent[];
}

/** The ways in and out of the gallery. A file that is dropped anywhere on the page is taken too. */
export function Transfer({ agents, shown }: Props): ReactElement {
  const [open, setOpen] = useState<"import" | "export" | null>(null);
  const [dropped, setDropped] = useState<File | null>(null);
  const close = (): void => {
    setOpen(null);
    setDropped(null);
  };
  useDroppedFile(open === null, (file) => {
    setDropped(file);
    setOpen("import");
  });
  return (
    <div className="flex flex-wrap gap-2">
      <Link to="/agents/templates" className={buttonLook("plain")}><Icon name="agents" />Start from a template</Link>
      <Button icon="upload" onClick={() => setOpen("import")}>Import</Button>
      <Button icon="download" onClick={() => setOpen("export")}>Export</Button>
      <Suspense fallback={null}>
        {open === "import" && <ImportDialog dropped={dropped} onClose={close} />}
        {open === "export" && <ExportDialog custom={agents.filter(({ is_custom }) => is_custom).length} shown={shown} onClose={close} />}
      </Suspense>
    </div>
  );
}

function useDroppedFile(isOn: boolean, onFile: (file: File) => void): void {
  useEffect(() => {
    if (!isOn) return;
    const over = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      const file = event.dataTransfer?.files[0];
      if (file === undefined) return;
      event.preventDefault();
      onFile(file);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  });
}
