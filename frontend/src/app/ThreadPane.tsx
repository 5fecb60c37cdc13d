import { useEffect, useState, type ReactElement } from "react";
import { api, body } from "@/api/client";
import { sentence } from "@/api/problem";
import type { Channel, Message } from "@/api/types";
import { Composer, type ComposerAgent } from "@/features/composer/Composer";
import type { Command } from "@/features/composer/commands";
import { Conversation } from "@/features/messages/Conversation";
import { MessageRow } from "@/features/messages/MessageRow";
import { threadKey, useConversations } from "@/realtime/conversations";
import { send } from "@/realtime/outbox";
import { IconButton } from "@/ui/Button";

const NO_COMMANDS: readonly Command[] = [];

interface Props {
  channel: Channel;
  rootId: string;
  agents: readonly ComposerAgent[];
  onClose: () => void;
  onEditLast: () => void;
}

/** The replies to one message, beside the channel or, on narrow screens, in its place. */
export function ThreadPane({ channel, rootId, agents, onClose, onEditLast }: Props): ReactElement {
  const { root, error } = useRoot(channel.id, rootId);
  return (
    <section
      aria-label="Thread"
      className="flex w-full min-w-0 flex-col border-line lg:w-[26rem] lg:border-l xl:w-[30rem]"
      onKeyDown={(event) => event.key === "Escape" && !event.defaultPrevented && onClose()}
    >
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
        beginning={root && <div className="mb-1 border-b border-line pb-3"><MessageRow message={root} joins={false} /></div>}
      />
      <Composer
        draftKey={threadKey(rootId)}
        label="Reply"
        hint="@ to ask an agent"
        agents={agents}
        commands={NO_COMMANDS}
        onSend={(content) => send(channel.id, rootId, content)}
        onEditLast={onEditLast}
      />
    </section>
  );
}

function useRoot(channelId: string, rootId: string): { root: Message | undefined; error: string | null } {
  const inChannel = useConversations((all) => all[channelId]?.messages.find((message) => message.id === rootId));
  const [loaded, setLoaded] = useState<Message>();
  const [error, setError] = useState<string | null>(null);
  const isMissing = inChannel === undefined;
  useEffect(() => {
    if (!isMissing) return;
    body(api.GET("/api/messages/{message_id}", { params: { path: { message_id: rootId } } })).then(
      setLoaded,
      (refusal: unknown) => setError(sentence(refusal)),
    );
  }, [isMissing, rootId]);
  return { root: inChannel ?? loaded, error: isMissing ? error : null };
}
