import { Dialog } from "@base-ui/react/dialog";
import type { KeyboardEvent, ReactElement } from "react";
import type { FileInfo } from "@/api/types";
import { IconButton, buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { sizeText } from "@/ui/sizeText";

interface Props {
  images: readonly FileInfo[];
  shown: FileInfo;
  onShow: (file: FileInfo) => void;
  onClose: () => void;
}

/** An image over the whole page; the arrow keys go through those of its message. */
export function Lightbox({ images, shown, onShow, onClose }: Props): ReactElement {
  const at = images.findIndex(({ id }) => id === shown.id);
  const step = (by: number): void => {
    const next = images[(at + by + images.length) % images.length];
    if (next) onShow(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (images.length < 2 || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
    event.preventDefault();
    step(event.key === "ArrowLeft" ? -1 : 1);
  };
  const address = `/api/files/${shown.id}/content`;
  return (
    <Dialog.Root open onOpenChange={(isOpen) => isOpen || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/85" />
        <Dialog.Popup onKeyDown={onKeyDown} className="fixed inset-0 z-50 flex flex-col outline-none">
          <header className="flex items-center gap-3 bg-panel/90 px-4 py-2">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="truncate font-semibold">{shown.name}</Dialog.Title>
              <p className="text-xs text-faint">
                {shown.width} × {shown.height}, {sizeText(shown.size)}
                {images.length > 1 && `, image ${at + 1} of ${images.length}`}
              </p>
            </div>
            {images.length > 1 && (
              <>
                <IconButton icon="back" label="Image before" onClick={() => step(-1)} />
                <IconButton icon="back" label="Next image" className="rotate-180" onClick={() => step(1)} />
              </>
            )}
            <a href={address} target="_blank" rel="noreferrer" className={`${buttonLook("ghost", "small")} max-sm:hidden`}>Open in a tab</a>
            <a href={address} download={shown.name} className={buttonLook("plain", "small")}>
              <Icon name="download" className="size-3.5" />
              <span className="max-sm:sr-only">Download</span>
            </a>
            <Dialog.Close render={<IconButton icon="close" label="Close" />} />
          </header>
          <div className="grid min-h-0 flex-1 place-items-center p-4">
            <img src={address} alt={shown.name} width={shown.width ?? undefined} height={shown.height ?? undefined} className="h-auto max-h-full w-auto max-w-full object-contain" />
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
