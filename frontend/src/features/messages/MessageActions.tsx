import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Message } from "@/api/types";
import { Button, IconButton } from "@/ui/Button";
import { copy, CopyButton } from "@/ui/CopyButton";
import { Dialog } from "@/ui/Dialog";
import { markUnread } from "@/realtime/reading";
import { notify } from "@/ui/toast";
import { deleteMessage, startEditing } from "./editing";
import { startReacting } from "./reactions";

interface Props {
  message: Message;
  /** The row that it stands in. */
  rowId: string;
  onThread?: ((messageId: string) => void) | undefined;
}

/** What can be done with a message; shown while the pointer or the focus is on it. */
export function MessageActions({ message, rowId, onThread }: Props): ReactElement {
  const [isAsking, setIsAsking] = useState(false);
  const [copied, setCopied] = useState(false);
  const isOwn = message.author.kind === "user";
  return (
    <div role="toolbar" aria-label="Message actions" className="actions">
      <IconButton icon="smile" label="Add a reaction" aria-haspopup="dialog" onClick={(event) => startReacting(rowId, event.currentTarget)} />
      {onThread && <IconButton icon="thread" label="Reply in thread" onClick={() => onThread(message.id)} />}
      <CopyButton text={message.content} label="Copy text" />
      <IconButton
        icon={copied ? "check" : "link"}
        label={copied ? "Link copied" : "Copy link"}
        onClick={() => void copy(permalink(message)).then(setCopied)}
      />
      {isOwn && <IconButton icon="edit" label="Edit" onClick={() => startEditing(message)} />}
      <IconButton icon="unread" label="Mark unread from here" onClick={() => void markUnread(message).catch((error: unknown) => notify(sentence(error)))} />
      <IconButton icon="trash" label="Delete" className="hover:text-danger" onClick={() => setIsAsking(true)} />
      <DeleteDialog message={message} open={isAsking} onClose={() => setIsAsking(false)} />
    </div>
  );
}

function DeleteDialog({ message, open, onClose }: { message: Message; open: boolean; onClose: () => void }): ReactElement {
  const [refusal, setRefusal] = useState<string | null>(null);
  const isQuestion = message.author.kind === "user";
  return (
    <Dialog
      title="Delete this message?"
      description={isQuestion ? "It is gone for everyone. Answers to it that are still being written stop." : "It is gone for everyone, and agents no longer see it."}
      open={open}
      onClose={onClose}
    >
      {refusal && <p role="alert" className="mb-3 text-sm text-danger">{refusal}</p>}
      <div className="flex justify-end gap-2 pt-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button
          kind="danger"
          icon="trash"
          onClick={() => deleteMessage(message.id).then(onClose, (error: unknown) => setRefusal(sentence(error)))}
        >
          Delete
        </Button>
      </div>
    </Dialog>
  );
}

function permalink(message: Message): string {
  const place = message.thread_id === null ? `m=${message.id}` : `thread=${message.thread_id}&m=${message.id}`;
  return `${location.origin}/c/${message.channel_id}?${place}`;
}
