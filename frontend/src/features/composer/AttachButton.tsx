import { useRef, type ReactElement } from "react";
import { IconButton } from "@/ui/Button";

/** Opens the browser's choice of files. */
export function AttachButton({ onFiles }: { onFiles: (files: File[]) => void }): ReactElement {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to attach"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = ""; // the same file can be chosen again
        }}
      />
      <IconButton icon="clip" label="Attach files" size="size-9" onClick={() => input.current?.click()} />
    </>
  );
}
