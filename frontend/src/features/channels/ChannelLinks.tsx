import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import type { Channel, ReadState } from "@/api/types";
import { useAgentCondition } from "@/realtime/agentState";
import { MANY, unreadIn, useReads } from "@/realtime/reads";
import { Avatar } from "@/ui/Avatar";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { StateDot } from "@/ui/StateDot";

/** A channel or a direct conversation in the sidebar, bold and with a number when something is unread. */
export function ChannelLink({ channel }: { channel: Channel }): ReactElement {
  const unread = useReads(({ rows }) => unreadIn(rows[channel.id]));
  const isForMe = useReads(({ rows }) => channel.kind === "dm" || isAddressed(rows[channel.id]));
  return (
    <Link to="/c/$channelId" params={{ channelId: channel.id }} className="side-link" data-unread={unread > 0 || undefined}>
      {channel.kind === "dm" ? <DmMark channel={channel} /> : <Icon name="hash" className="size-4 text-faint" />}
      <span className="min-w-0 flex-1 truncate">{channel.name}</span>
      {unread > 0 && (
        <span className={`rounded-full px-1.5 text-xs leading-5 font-bold tabular-nums ${isForMe ? "bg-magenta text-black" : "bg-edge/30 text-text"}`}>
          {unread >= MANY ? `${MANY - 1}+` : unread}
          <span className="sr-only"> unread{isForMe && ", with an answer to you"}</span>
        </span>
      )}
    </Link>
  );
}

/** Whether something new is meant for the user: an answer to them, or a reply in a thread that they follow. */
function isAddressed(row: ReadState | undefined): boolean {
  return row !== undefined && (row.has_answer || row.threads.length > 0);
}

function DmMark({ channel }: { channel: Channel }): ReactElement {
  const agent = useAgentsById().get(channel.agent_id ?? "");
  const condition = useAgentCondition(agent);
  return (
    <span className="relative inline-flex">
      <Avatar name={agent?.name ?? channel.name} color={colorOf(agent)} size="small" />
      {condition && condition.state !== "online" && <StateDot {...condition} className="absolute -right-1 -bottom-1" />}
    </span>
  );
}
