import type { ReactElement } from "react";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { sizeText } from "@/ui/sizeText";
import type { Attachment } from "./attachments";
import { remove, retry } from "./sending";
import "./composer.css";

/** The files of a draft, each with how far it is. */
export function Attachments({ draftKey, attachments }: { draftKey: string; attachments: readonly Attachment[] }): ReactElement | null {
  return (
    <>
      {attachments.length > 0 && (
        <ul aria-label="Files to send" className="flex flex-wrap gap-2 pt-1.5 pr-2.5 pb-1">
          {attachments.map((attachment) => (
            <Item key={attachment.key} draftKey={draftKey} attachment={attachment} />
          ))}
        </ul>
      )}
      <p role="status" className="sr-only">{summary(attachments)}</p>
    </>
  );
}

function Item({ draftKey, attachment }: { draftKey: string; attachment: Attachment }): ReactElement {
  const { key, name, size, state, part, error, canRetry, file } = attachment;
  const hasFailed = state === "failed";
  return (
    <li className={`flex max-w-full items-center gap-2 rounded-lg border bg-panel py-1 pr-1 pl-1.5 text-sm ${hasFailed ? "border-danger/60" : "border-line"}`}>
      {file?.width ? (
        <img src={`/api/files/${file.id}/content?thumbnail=true`} alt="" className="size-9 rounded object-cover" />
      ) : (
        <span className="grid size-9 place-items-center rounded bg-raised text-soft"><Icon name={hasFailed ? "warning" : "file"} /></span>
      )}
      <div className="min-w-0">
        <p className="max-w-52 truncate" title={name}>{name}</p>
        {hasFailed ? (
          <p role="alert" className="max-w-72 text-xs text-danger"><span className="sr-only">{name}: </span>{error}</p>
        ) : state === "there" ? (
          <p className="text-xs text-faint">{sizeText(size)}</p>
        ) : (
          <progress aria-label={`Sending ${name}`} value={part} max={1} className="progress" />
        )}
      </div>
      {hasFailed && canRetry && <IconButton icon="retry" label={`Try ${name} again`} size="size-7" onClick={() => retry(draftKey, key)} />}
      <IconButton
        icon="close"
        label={state === "there" || hasFailed ? `Remove ${name}` : `Stop sending ${name}`}
        size="size-7"
        onClick={() => remove(draftKey, key)}
      />
    </li>
  );
}

function summary(attachments: readonly Attachment[]): string {
  if (attachments.length === 0) return "";
  const there = attachments.filter(({ state }) => state === "there").length;
  return `${there} of ${attachments.length === 1 ? "1 file" : `${attachments.length} files`} ready to be sent`;
}
