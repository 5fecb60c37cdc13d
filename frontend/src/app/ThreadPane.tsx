import type { ReactElement } from "react";
import type { Channel } from "@/api/types";
import { attach } from "@/features/composer/attachments";
import { Composer, type ComposerAgent } from "@/features/composer/Composer";
import type { Command } from "@/features/composer/commands";
import { DropOverlay, useDropping } from "@/features/composer/dropping";
import { Conversation } from "@/features/messages/Conversation";
import { MessageRow } from "@/features/messages/MessageRow";
import { threadKey } from "@/realtime/conversations";
import { send } from "@/realtime/outbox";
import { useRoot } from "@/realtime/roots";
import { IconButton } from "@/ui/Button";

const NO_COMMANDS: readonly Command[] = [];

interface Props {
  channel: Channel;
  rootId: string;
  /** The reply that the address points to. */
  target: string | undefined;
  agents: readonly ComposerAgent[];
  onPresent?: () => void;
  onClose: () => void;
  onEditLast: () => void;
}

/** The replies to one message, beside the channel or, on narrow screens, in its place. */
export function ThreadPane({ channel, rootId, target, agents, onPresent, onClose, onEditLast }: Props): ReactElement {
  const { root, error } = useRoot(channel.id, rootId);
  const dropping = useDropping((files) => void attach(threadKey(rootId), channel.id, files));
  return (
    <section
      aria-label="Thread"
      {...dropping.handlers}
      className="relative flex w-full min-w-0 flex-col border-line lg:w-[26rem] lg:border-l xl:w-[30rem]"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented || isInDialog(event.target)) return;
        event.preventDefault();
        onClose();
      }}
    >
      {dropping.isOver && <DropOverlay />}
      <header className="flex h-14 shrink-0 items-center gap-2 border-b border-line px-4">
        <h2 className="font-semibold">Thread</h2>
        <span className="truncate text-sm text-faint">{channel.name}</span>
        <IconButton icon="close" label="Close the thread" className="ml-auto" onClick={onClose} />
      </header>
      {error && <p role="alert" className="p-4 text-sm text-danger">{error}</p>}
      <Conversation
        id={threadKey(rootId)}
        channelId={channel.id}
        threadId={rootId}
        label="Replies"
        target={target}
        {...(onPresent && { onPresent })}
        beginning={root && <div className="mb-1 border-b border-line pb-3"><MessageRow message={root} joins={false} /></div>}
      />
      {channel.archived_at === null && (
        <Composer
          draftKey={threadKey(rootId)}
          label="Reply"
          hint="@ to ask an agent"
          agents={agents}
          commands={NO_COMMANDS}
          channelId={channel.id}
          onSend={(content, files) => send(channel.id, rootId, content, files)}
          onEditLast={onEditLast}
        />
      )}
    </section>
  );
}

function isInDialog(target: EventTarget): boolean {
  return target instanceof Element && target.closest("[role=dialog]") !== null;
}
