import { Link, useNavigate } from "@tanstack/react-router";
import type { MouseEvent, ReactElement } from "react";
import { api, body } from "@/api/client";
import { useChannels } from "@/api/hooks";
import { sentence } from "@/api/problem";
import type { Memory } from "@/api/types";
import { notify } from "@/ui/toast";

/** Where a memory was said, as a way to the message where there is one. */
export function SourceLink({ memory }: { memory: Memory }): ReactElement | null {
  const navigate = useNavigate();
  const channel = useChannels().find(({ id }) => id === memory.channel_id);
  const { channel_id: channelId, source_message_id: source } = memory;
  if (channelId === null) return null;
  const place = channel === undefined ? "another channel" : `${channel.kind === "channel" ? "#" : ""}${channel.name}`;
  if (source === null) return <span>in {place}</span>;
  // A reply is opened in its thread, which only the message tells.
  const open = async (event: MouseEvent): Promise<void> => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const message = await body(api.GET("/api/messages/{message_id}", { params: { path: { message_id: source } } }));
      await navigate({ to: "/c/$channelId", params: { channelId }, search: { m: source, thread: message.thread_id ?? undefined } });
    } catch (error) {
      notify(sentence(error));
    }
  };
  return (
    <Link to="/c/$channelId" params={{ channelId }} search={{ m: source }} className="text-cyan underline" onClick={(event) => void open(event)}>
      See the message in {place}
    </Link>
  );
}
