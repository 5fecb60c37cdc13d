import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, type ReactElement } from "react";
import { api, body } from "@/api/client";
import { sentence } from "@/api/problem";
import type { Channel } from "@/api/types";
import { bringBackChannel } from "@/features/channels/clear";
import { Conversation } from "@/features/messages/Conversation";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { NoChannel } from "./NoChannel";
import { ThreadPane } from "./ThreadPane";
import { targetInChannel, type ChannelPlace } from "./place";
import { TopBar } from "./TopBar";

/** A channel that is in no list: an archived one, where the search leads, can be read and brought back. */
export function ArchivedChannel({ channelId, messageId, threadId }: ChannelPlace): ReactElement {
  const { data: channel, error } = useQuery({
    queryKey: ["channels", channelId],
    queryFn: () => body(api.GET("/api/channels/{channel_id}", { params: { path: { channel_id: channelId } } })),
    retry: false,
  });
  if (channel) return <Archive channel={channel} messageId={messageId} threadId={threadId} />;
  return <NoChannel error={error} />;
}

function Archive({ channel, messageId, threadId }: { channel: Channel } & Omit<ChannelPlace, "channelId">): ReactElement {
  const { id } = channel;
  const navigate = useNavigate();
  const go = useCallback(
    (search: { thread: string | undefined }) => void navigate({ to: "/c/$channelId", params: { channelId: id }, search, replace: search.thread === threadId }),
    [navigate, id, threadId],
  );
  const showThread = useCallback((thread: string) => go({ thread }), [go]);
  const toPresent = useCallback(() => go({ thread: threadId }), [go, threadId]);
  return (
    <div className="flex min-h-0 flex-1">
      <section aria-label={channel.name} className={`min-w-0 flex-1 flex-col ${threadId ? "hidden lg:flex" : "flex"}`}>
        <TopBar page={channel.name} title={<><Icon name="archive" className="size-4.5 text-faint" /><span className="truncate">{channel.name}</span></>} note={channel.topic} />
        <Conversation
          id={id}
          channelId={id}
          threadId={null}
          label={`Messages in ${channel.name}`}
          target={targetInChannel({ messageId, threadId })}
          isPassedBy={threadId !== undefined}
          beginning={null}
          onThread={showThread}
          onPresent={toPresent}
        />
        <div className="flex items-center justify-center gap-3 border-t border-line px-4 py-3 text-sm text-soft">
          This channel is archived.
          <Button size="small" onClick={() => void bringBackChannel(id).catch((refusal: unknown) => notify(sentence(refusal)))}>Bring it back</Button>
        </div>
      </section>
      {threadId && (
        <ThreadPane
          key={threadId}
          channel={channel}
          rootId={threadId}
          target={messageId === threadId ? undefined : messageId}
          agents={[]}
          onClose={() => go({ thread: undefined })}
          onEditLast={() => undefined}
        />
      )}
    </div>
  );
}
