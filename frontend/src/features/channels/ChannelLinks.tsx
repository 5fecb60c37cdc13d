import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import type { Channel } from "@/api/types";
import { useAgentState } from "@/realtime/tasks";
import { useUnread } from "@/realtime/unread";
import { Avatar } from "@/ui/Avatar";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { StateDot } from "@/ui/StateDot";

/** A channel or a direct conversation in the sidebar, bold and with a number when something is unread. */
export function ChannelLink({ channel }: { channel: Channel }): ReactElement {
  const unread = useUnread((all) => all[channel.id]?.count ?? 0);
  return (
    <Link to="/c/$channelId" params={{ channelId: channel.id }} className="side-link" data-unread={unread > 0 || undefined}>
      {channel.kind === "dm" ? <DmMark channel={channel} /> : <Icon name="hash" className="size-4 text-faint" />}
      <span className="min-w-0 flex-1 truncate">{channel.name}</span>
      {unread > 0 && (
        <span className="rounded-full bg-magenta px-1.5 text-xs leading-5 font-bold text-black tabular-nums">
          {unread > 99 ? "99+" : unread}
          <span className="sr-only"> unread</span>
        </span>
      )}
    </Link>
  );
}

function DmMark({ channel }: { channel: Channel }): ReactElement {
  const agent = useAgentsById().get(channel.agent_id ?? "");
  const state = useAgentState(channel.agent_id);
  return (
    <span className="relative inline-flex">
      <Avatar name={agent?.name ?? channel.name} color={colorOf(agent)} size="small" />
      {state !== "idle" && <StateDot state={state} className="absolute -right-1 -bottom-1" />}
    </span>
  );
}
