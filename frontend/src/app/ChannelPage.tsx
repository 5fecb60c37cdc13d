import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import { useQuery } from "@tanstack/react-query";
import { useAgents, useChannels } from "@/api/hooks";
import { channelsQuery } from "@/api/queries";
import { sentence } from "@/api/problem";
import type { Channel } from "@/api/types";
import { clearChannel } from "@/features/channels/clear";
import { Composer, type ComposerAgent } from "@/features/composer/Composer";
import type { Command } from "@/features/composer/commands";
import { keepDraft } from "@/features/composer/drafts";
import { ChannelBeginning } from "@/features/channels/ChannelBeginning";
import { Conversation } from "@/features/messages/Conversation";
import { startEditing } from "@/features/messages/editing";
import { TypingLine } from "@/features/messages/TypingLine";
import { FirstRun } from "@/features/providers/FirstRun";
import { threadKey, useConversations } from "@/realtime/conversations";
import { send } from "@/realtime/outbox";
import { setReading, tellTyping } from "@/realtime/socket";
import { markRead, useUnread } from "@/realtime/unread";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { ChannelMenu } from "./ChannelMenu";
import { ThreadPane } from "./ThreadPane";
import { TopBar } from "./TopBar";

// Well within a page of messages, of which some are the user's own.
const FAR_BEHIND = 20;

interface Props {
  channelId: string;
  messageId: string | undefined;
  threadId: string | undefined;
}

/** A channel with its conversation, its composer and, beside it, a thread. */
export function ChannelPage({ channelId, messageId, threadId }: Props): ReactElement {
  const { isSuccess, error } = useQuery(channelsQuery);
  const channel = useChannels().find(({ id }) => id === channelId);
  if (channel) return <ChannelView key={channelId} channel={channel} messageId={messageId} threadId={threadId} />;
  return (
    <>
      <TopBar page="Channel" />
      {(isSuccess || error) && (
        <p role="alert" className="grid flex-1 place-content-center p-8 text-center text-soft">
          {error ? sentence(error) : "This channel isn't there. It may have been archived."}
        </p>
      )}
    </>
  );
}

function ChannelView({ channel, messageId, threadId }: { channel: Channel } & Omit<Props, "channelId">): ReactElement {
  const { id } = channel;
  const navigate = useNavigate();
  const [unread] = useState(() => useUnread.getState()[id]);
  const lastRead = unread && unread.count > 0 ? unread.lastRead : null;
  const showThread = useCallback(
    (thread: string | undefined) => void navigate({ to: "/c/$channelId", params: { channelId: id }, search: { thread } }),
    [navigate, id],
  );
  const [drafts, setDrafts] = useState(0);
  const start = (text: string): void => {
    keepDraft(id, text);
    setDrafts(drafts + 1); // the composer begins anew, with the draft
  };
  const onEndSeen = useMarkRead(id);
  useEffect(() => {
    setReading(id);
    return () => setReading(null);
  }, [id]);
  const agents = useComposerAgents();
  const commands = useCommands(channel);
  return (
    <div className="flex min-h-0 flex-1">
      <section aria-label={channel.name} className={`min-w-0 flex-1 flex-col ${threadId ? "hidden lg:flex" : "flex"}`}>
        <TopBar
          page={channel.name}
          title={<>{channel.kind === "channel" && <Icon name="hash" className="size-4.5 text-faint" />}<span className="truncate">{channel.name}</span></>}
          note={channel.topic}
        >
          <ChannelMenu channel={channel} />
        </TopBar>
        <Conversation
          id={id}
          channelId={id}
          threadId={null}
          label={`Messages in ${channel.name}`}
          target={messageId}
          lastRead={lastRead}
          isFarBehind={(unread?.count ?? 0) > FAR_BEHIND}
          beginning={<><ChannelBeginning channel={channel} onStart={start} /><FirstRun /></>}
          onThread={showThread}
          onEndSeen={onEndSeen}
        />
        <TypingLine channelId={id} />
        <Composer
          key={drafts}
          draftKey={id}
          label={`Message ${channel.kind === "dm" ? channel.name : `#${channel.name}`}`}
          {...(channel.kind === "channel" && { hint: "@ to ask an agent" })}
          agents={agents}
          commands={commands}
          onSend={(content) => send(id, null, content)}
          onTyping={() => tellTyping(id)}
          onEditLast={() => editLast(id)}
        />
      </section>
      {threadId && <ThreadPane key={threadId} channel={channel} rootId={threadId} agents={agents} onClose={() => showThread(undefined)} onEditLast={() => editLast(threadKey(threadId))} />}
    </div>
  );
}

/** Marks a channel as read up to the message whose end is seen, but only while the window has the focus. */
function useMarkRead(channelId: string): (lastId: string) => void {
  const seen = useRef<string | null>(null);
  useEffect(() => {
    const onFocus = (): void => {
      if (seen.current !== null) markRead(channelId, seen.current);
    };
    window.addEventListener("focus", onFocus);
    return () => window.removeEventListener("focus", onFocus);
  }, [channelId]);
  return useCallback(
    (lastId) => {
      seen.current = lastId;
      if (document.hasFocus()) markRead(channelId, lastId);
    },
    [channelId],
  );
}

function useComposerAgents(): ComposerAgent[] {
  const agents = useAgents();
  return useMemo(
    () =>
      agents
        .filter((agent) => agent.is_active)
        .map((agent) => ({ id: agent.id, handle: agent.handle, name: agent.name, role: agent.persona.role, color: colorOf(agent) })),
    [agents],
  );
}

function useCommands(channel: Channel): Command[] {
  const navigate = useNavigate();
  return useMemo(
    () => [
      {
        name: "clear",
        description: "Agents forget what was said so far; you still see it",
        run: async () => {
          await clearChannel(channel.id);
          notify("Agents start afresh here. What was said stays visible.");
        },
      },
      { name: "agents", description: "Show all agents", run: () => navigate({ to: "/agents" }) },
    ],
    [channel.id, navigate],
  );
}

function editLast(key: string): void {
  const own = useConversations.getState()[key]?.messages.findLast((message) => message.author.kind === "user");
  if (own) startEditing(own);
}
