import type { ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import { useDirectStarters, useStarters } from "@/api/starters";
import type { Channel } from "@/api/types";
import { Avatar } from "@/ui/Avatar";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { Starters } from "@/ui/Starters";

/** What stands above the first message of a channel. */
export function ChannelBeginning({ channel, onStart }: { channel: Channel; onStart: (text: string) => void }): ReactElement {
  const agent = useAgentsById().get(channel.agent_id ?? "");
  return (
    <div className="px-2 pt-8 pb-3">
      {agent ? (
        <Avatar name={agent.name} color={colorOf(agent)} size="large" />
      ) : (
        <span className="inline-grid size-12 place-items-center rounded-xl bg-raised text-cyan"><Icon name="hash" className="size-6" /></span>
      )}
      <h2 className="mt-3 text-2xl font-bold tracking-tight">{channel.name}</h2>
      {agent ? (
        <p className="mt-1 max-w-xl text-soft">{agent.persona.role}. {agent.persona.goal}</p>
      ) : (
        <p className="mt-1 max-w-xl text-soft">
          {channel.topic || "The beginning of this channel."} Write a message, and type <kbd>@</kbd> to ask an agent: several can answer at once.
        </p>
      )}
      {agent ? <DirectStarters handle={agent.handle} onStart={onStart} /> : <TeamStarters onStart={onStart} />}
    </div>
  );
}

const SHOWN_STARTERS = 4;

function TeamStarters({ onStart }: { onStart: (text: string) => void }): ReactElement {
  return <Starters texts={useStarters(SHOWN_STARTERS)} onStart={onStart} />;
}

function DirectStarters({ handle, onStart }: { handle: string; onStart: (text: string) => void }): ReactElement {
  return <Starters texts={["What can you help me with?", ...useDirectStarters(handle)]} onStart={onStart} />;
}
