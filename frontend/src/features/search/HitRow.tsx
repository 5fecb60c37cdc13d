import type { ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import { Avatar } from "@/ui/Avatar";
import { colorOf, readable } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { marked } from "./query";
import type { Hit } from "./useSearch";

const TODAY = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const THIS_YEAR = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
const EARLIER = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** One found message: where and when it was said, by whom, and the part of it that matched. */
export function HitRow({ hit }: { hit: Hit }): ReactElement {
  const { message, channel, snippet } = hit;
  const agent = useAgentsById().get(message.author.id ?? "");
  const isAgent = message.author.kind === "agent";
  const color = isAgent ? colorOf(agent) : "#3A3A55";
  return (
    <>
      <span className="flex items-center gap-2 text-xs text-faint">
        <span className="flex min-w-0 items-center gap-1">
          <Icon name={channel.kind === "dm" ? "agents" : "hash"} className="size-3.5" />
          <span className="truncate">{channel.name}</span>
        </span>
        {message.thread_id !== null && <span className="badge">thread</span>}
        {channel.archived_at !== null && <span className="badge">archived</span>}
        <time dateTime={message.created_at} className="ml-auto shrink-0 tabular-nums">{whenOf(message.created_at)}</time>
      </span>
      <span className="mt-1.5 flex gap-3">
        <Avatar name={message.author.name} color={color} size="small" />
        <span className="min-w-0 flex-1">
          <span className="font-semibold" style={isAgent ? { color: readable(color) } : undefined}>{message.author.name}</span>
          <span className="line-clamp-3 break-words text-soft">
            {snippet.is_cut_before && "… "}
            {marked(snippet.text, snippet.matches).map(({ text, isMatch }, index) =>
              // oxlint-disable-next-line react/no-array-index-key -- the parts have no other name and never move
              isMatch ? <mark key={index} className="hit-mark">{text}</mark> : <span key={index}>{text}</span>,
            )}
            {snippet.is_cut_after && " …"}
          </span>
        </span>
      </span>
    </>
  );
}

function whenOf(iso: string, now = new Date()): string {
  const date = new Date(iso);
  if (date.toDateString() === now.toDateString()) return TODAY.format(date);
  return (date.getFullYear() === now.getFullYear() ? THIS_YEAR : EARLIER).format(date);
}
