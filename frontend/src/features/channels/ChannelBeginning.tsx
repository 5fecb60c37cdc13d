import type { ReactElement } from "react";
import { useAgents, useAgentsById } from "@/api/hooks";
import type { Channel } from "@/api/types";
import { Avatar } from "@/ui/Avatar";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";

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
      <Starters isDirect={agent !== undefined} onStart={onStart} />
    </div>
  );
}

const DIRECT_STARTERS = ["What can you help me with?"];
const STARTERS = [
  "@orchestrator Who here should look at a slow checkout page, and why?",
  "@backend In one sentence, what is a foreign key?",
  "@qa What should I test in a login form?",
];

/** First words, put into the field so that they can be changed before they are sent. */
function Starters({ isDirect, onStart }: { isDirect: boolean; onStart: (text: string) => void }): ReactElement {
  const handles = new Set(useAgents().filter(({ is_active }) => is_active).map(({ handle }) => `@${handle}`));
  const texts = isDirect ? DIRECT_STARTERS : STARTERS.filter((text) => handles.has(text.split(" ")[0] ?? ""));
  return (
    <ul aria-label="To begin with" className="mt-4 flex flex-wrap gap-2">
      {texts.map((text) => (
        <li key={text}>
          <button
            type="button"
            onClick={() => onStart(text)}
            className="rounded-lg border border-line bg-panel px-3 py-1.5 text-left text-sm text-soft transition-colors hover:border-edge hover:text-text"
          >
            {text}
          </button>
        </li>
      ))}
    </ul>
  );
}
