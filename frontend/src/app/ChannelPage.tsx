import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState, type ReactElement } from "react";
import { useQuery } from "@tanstack/react-query";
import { useAgents, useChannels } from "@/api/hooks";
import { agentsQuery, channelsQuery, queryClient } from "@/api/queries";
import type { Channel } from "@/api/types";
import { clearChannel } from "@/features/channels/clear";
import { attach } from "@/features/composer/attachments";
import { Composer, type ComposerAgent } from "@/features/composer/Composer";
import type { Command } from "@/features/composer/commands";
import { keepDraft } from "@/features/composer/drafts";
import { DropOverlay, useDropping } from "@/features/composer/dropping";
import { ChannelBeginning } from "@/features/channels/ChannelBeginning";
import { invite, useMembers } from "@/features/channels/members";
import { MembersButton } from "@/features/channels/MembersButton";
import { Conversation } from "@/features/messages/Conversation";
import { startEditing } from "@/features/messages/editing";
import { TypingLine } from "@/features/messages/TypingLine";
import { FirstRun } from "@/features/providers/FirstRun";
import { threadKey, useConversations } from "@/realtime/conversations";
import { send } from "@/realtime/outbox";
import { setReading, tellTyping } from "@/realtime/socket";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { ChannelMenu } from "./ChannelMenu";
import { NoChannel } from "./NoChannel";
import { targetInChannel, type ChannelPlace } from "./place";
import { ThreadPane } from "./ThreadPane";
import { TopBar } from "./TopBar";
import { useMarkReadKey } from "./useMarkReadKey";

const ArchivedChannel = lazy(() => import("./ArchivedChannel").then((module) => ({ default: module.ArchivedChannel })));

/** A channel with its conversation, its composer and, beside it, a thread. */
export function ChannelPage({ channelId, messageId, threadId }: ChannelPlace): ReactElement {
  const { isSuccess, error } = useQuery(channelsQuery);
  const channel = useChannels().find(({ id }) => id === channelId);
  if (channel) return <ChannelView key={channelId} channel={channel} messageId={messageId} threadId={threadId} />;
  if (isSuccess) {
    return (
      <Suspense fallback={<NoChannel error={null} />}>
        <ArchivedChannel key={channelId} channelId={channelId} messageId={messageId} threadId={threadId} />
      </Suspense>
    );
  }
  return <NoChannel error={error} />;
}

function ChannelView({ channel, messageId, threadId }: { channel: Channel } & Omit<ChannelPlace, "channelId">): ReactElement {
  const { id } = channel;
  const navigate = useNavigate();
  useMarkReadKey(id);
  const showThread = useCallback(
    (thread: string | undefined) => void navigate({ to: "/c/$channelId", params: { channelId: id }, search: { thread } }),
    [navigate, id],
  );
  const toPresent = useCallback(
    () => void navigate({ to: "/c/$channelId", params: { channelId: id }, search: ({ thread }) => ({ thread }), replace: true }),
    [navigate, id],
  );
  const [drafts, setDrafts] = useState(0);
  const start = (text: string): void => {
    keepDraft(id, text);
    setDrafts(drafts + 1); // the composer begins anew, with the draft
  };
  useEffect(() => {
    setReading(id);
    return () => setReading(null);
  }, [id]);
  const agents = useComposerAgents(channel);
  const commands = useCommands(channel);
  const dropping = useDropping((files) => void attach(id, id, files));
  return (
    <div className="flex min-h-0 flex-1">
      <section
        aria-label={channel.name}
        {...dropping.handlers}
        className={`relative min-w-0 flex-1 flex-col ${threadId ? "hidden lg:flex" : "flex"}`}
      >
        {dropping.isOver && <DropOverlay />}
        <TopBar
          page={channel.name}
          title={<>{channel.kind === "channel" && <Icon name="hash" className="size-4.5 text-faint" />}<span className="truncate">{channel.name}</span></>}
          note={channel.topic}
        >
          {channel.kind === "channel" && <MembersButton channel={channel} />}
          <ChannelMenu channel={channel} />
        </TopBar>
        <Conversation
          id={id}
          channelId={id}
          threadId={null}
          label={`Messages in ${channel.name}`}
          target={targetInChannel({ messageId, threadId })}
          isPassedBy={threadId !== undefined}
          onPresent={toPresent}
          beginning={<><ChannelBeginning channel={channel} onStart={start} /><FirstRun onStart={start} /></>}
          onThread={showThread}
        />
        <TypingLine channelId={id} />
        <Composer
          key={drafts}
          draftKey={id}
          label={`Message ${channel.kind === "dm" ? channel.name : `#${channel.name}`}`}
          {...(channel.kind === "channel" && { hint: "@ to ask an agent" })}
          agents={agents}
          commands={commands}
          channelId={id}
          onSend={(content, files) => send(id, null, content, files)}
          onTyping={() => tellTyping(id)}
          onEditLast={() => editLast(id)}
        />
      </section>
      {threadId && <ThreadPane key={threadId} channel={channel} rootId={threadId} target={messageId === threadId ? undefined : messageId} agents={agents} onPresent={toPresent} onClose={() => showThread(undefined)} onEditLast={() => editLast(threadKey(threadId))} />}
    </div>
  );
}

function useComposerAgents(channel: Channel): ComposerAgent[] {
  const agents = useAgents();
  const members = useMembers(channel.id);
  return useMemo(() => {
    const ids = new Set(members.map(({ agent_id: id }) => id));
    return agents
      .filter((agent) => agent.is_active)
      .map((agent) => ({
        id: agent.id,
        handle: agent.handle,
        name: agent.name,
        role: agent.persona.role,
        color: colorOf(agent),
        isMember: ids.has(agent.id),
      }));
  }, [agents, members]);
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
      { name: "plan", argument: "what to do", description: "The orchestrator makes a plan of tasks, which you can edit before it runs" },
      ...(channel.kind === "channel" ? [inviting(channel.id)] : []),
      { name: "workflows", description: "Show the plans of this channel", run: () => navigate({ to: "/workflows", search: { channel: channel.id } }) },
      { name: "use", description: "Run a saved workflow in this channel", run: (q) => navigate({ to: "/workflows/saved", search: { channel: channel.id, q: q || undefined } }) },
      { name: "agents", description: "Show all agents", run: () => navigate({ to: "/agents" }) },
    ],
    [channel.id, channel.kind, navigate],
  );
}

function inviting(channelId: string): Command {
  return {
    name: "invite",
    argument: "@agent",
    description: "Make an agent a member of this channel",
    run: async (text) => notify(await invite(channelId, text, await queryClient.ensureQueryData(agentsQuery))),
  };
}

function editLast(key: string): void {
  const own = useConversations.getState()[key]?.messages.findLast((message) => message.author.kind === "user");
  if (own) startEditing(own);
}
