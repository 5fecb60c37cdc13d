import { lazy, Suspense, useState, type ReactElement } from "react";
import type { FileInfo } from "@/api/types";
import { Icon } from "@/ui/Icon";
import { sizeText } from "@/ui/sizeText";

const Lightbox = lazy(() => import("./Lightbox").then((module) => ({ default: module.Lightbox })));

// The room of an image in a message, in pixels.
const WIDEST = 360;
const TALLEST = 260;
const LEAST = 48;

/** What was attached to a message: images to look at, and everything else to save. */
export function MessageFiles({ files }: { files: readonly FileInfo[] | undefined }): ReactElement | null {
  const [open, setOpen] = useState<FileInfo | null>(null);
  if (!files || files.length === 0) return null;
  const images = files.filter(isImage);
  return (
    <>
      <List label="Attached images">
        {images.map((file) => <Thumbnail key={file.id} file={file} onOpen={() => setOpen(file)} />)}
      </List>
      <List label="Attached files">
        {files.filter((file) => !isImage(file)).map((file) => <Card key={file.id} file={file} />)}
      </List>
      {open && (
        <Suspense fallback={null}>
          <Lightbox images={images} shown={open} onShow={setOpen} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </>
  );
}

function List({ label, children }: { label: string; children: ReactElement[] }): ReactElement | null {
  if (children.length === 0) return null;
  return (
    <ul aria-label={label} className="mt-1.5 flex flex-wrap items-start gap-2">
      {children.map((child) => <li key={child.key} className="max-w-full">{child}</li>)}
    </ul>
  );
}

interface Picture extends FileInfo {
  width: number;
  height: number;
}

function isImage(file: FileInfo): file is Picture {
  return file.width !== null && file.height !== null;
}

/** Its room is kept from the start, so that nothing moves when the image comes. */
function Thumbnail({ file, onOpen }: { file: Picture; onOpen: () => void }): ReactElement {
  const scale = Math.min(1, WIDEST / file.width, TALLEST / file.height);
  return (
    <button type="button" onClick={onOpen} title={file.name} className="block max-w-full overflow-hidden rounded-lg border border-line bg-raised transition-colors hover:border-edge">
      <img
        src={`/api/files/${file.id}/content?thumbnail=true`}
        alt={file.name}
        width={Math.max(LEAST, Math.round(file.width * scale))}
        height={Math.max(LEAST, Math.round(file.height * scale))}
        loading="lazy"
        decoding="async"
        className="h-auto max-w-full object-contain"
      />
    </button>
  );
}

function Card({ file }: { file: FileInfo }): ReactElement {
  return (
    <a
      href={`/api/files/${file.id}/content`}
      download={file.name}
      className="flex max-w-full items-center gap-2.5 rounded-lg border border-line bg-raised py-1.5 pr-3 pl-2 text-sm transition-colors hover:border-edge hover:bg-hover"
    >
      <span className="grid size-9 shrink-0 place-items-center rounded-md bg-panel text-cyan"><Icon name="file" /></span>
      <span className="min-w-0">
        <span className="block max-w-64 truncate font-medium" title={file.name}>{file.name}</span>
        <span className="block text-xs text-faint">{sizeText(file.size)}</span>
      </span>
      <Icon name="download" className="size-4 text-soft" />
      <span className="sr-only">Download</span>
    </a>
  );
}
