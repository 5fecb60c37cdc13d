import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type ReactElement, type ReactNode } from "react";
import { useAgents, useChannels } from "@/api/hooks";
import { sentence } from "@/api/problem";
import { providersQuery } from "@/api/queries";
import type { Agent } from "@/api/types";
import { ChannelLink } from "@/features/channels/ChannelLinks";
import { NewChannel } from "@/features/channels/NewChannel";
import { openDirect } from "@/features/channels/direct";
import { useAgentCondition } from "@/realtime/agentState";
import { Avatar } from "@/ui/Avatar";
import { IconButton } from "@/ui/Button";
import { colorOf } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { stateLabel, StateDot } from "@/ui/StateDot";
import { notify } from "@/ui/toast";
import { openPanel } from "./panels";

const SHOWN_AGENTS = 30;
const LOOK_MS = 30_000;

/** Where one can go: channels, direct conversations and agents. */
export function Sidebar({ onLeave }: { onLeave: () => void }): ReactElement {
  const channels = useChannels();
  useQuery({ ...providersQuery, refetchInterval: LOOK_MS }); // agents are offline where their provider is
  const agents = useAgents().filter((agent) => agent.is_active);
  const navigate = useNavigate();
  const [isNaming, setIsNaming] = useState(false);
  const rooms = channels.filter(({ kind }) => kind === "channel");
  const directs = channels.filter(({ kind }) => kind === "dm");
  return (
    <nav aria-label="Workspace" className="flex h-full flex-col" onClick={(event) => event.target instanceof HTMLElement && event.target.closest("a") && onLeave()}>
      <div className="flex h-14 shrink-0 items-center gap-2 px-4">
        <Link to="/" className="flex items-center gap-2 rounded-md font-bold tracking-tight">
          <img src="/favicon.svg" alt="" className="size-7" />
          RezNet <span className="text-cyan">AI</span>
        </Link>
        <IconButton icon="settings" label="Settings" className="ml-auto" onClick={() => openPanel("settings")} />
      </div>
      <div className="px-3 pb-2">
        <button
          type="button"
          onClick={() => openPanel("switcher")}
          className="flex h-9 w-full items-center gap-2 rounded-lg border border-line bg-base px-3 text-sm text-faint transition-colors hover:border-edge hover:text-soft"
        >
          <Icon name="search" />
          Go to…
          <kbd className="ml-auto">{isMac() ? "⌘K" : "Ctrl K"}</kbd>
        </button>
        <Link to="/search" className="side-link mt-1.5 text-sm">
          <Icon name="search" className="size-4 text-faint" />
          Search messages
          <kbd className="ml-auto">/</kbd>
        </Link>
        <Link to="/workflows" className="side-link text-sm">
          <Icon name="workflow" className="size-4 text-faint" />
          Workflows
        </Link>
      </div>
      <div className="min-h-0 flex-1 space-y-5 overflow-y-auto px-2 pt-2 pb-4">
        <Section title="Channels" action={<IconButton icon="plus" label="New channel" size="size-6" onClick={() => setIsNaming(true)} />}>
          {rooms.map((channel) => <li key={channel.id}><ChannelLink channel={channel} /></li>)}
        </Section>
        {directs.length > 0 && (
          <Section title="Direct messages">
            {directs.map((channel) => <li key={channel.id}><ChannelLink channel={channel} /></li>)}
          </Section>
        )}
        <Section title="Agents" action={<Link to="/agents/new" aria-label="New agent" title="New agent" className="inline-grid size-6 place-items-center rounded-md text-soft hover:bg-hover hover:text-text"><Icon name="plus" /></Link>}>
          {agents.slice(0, SHOWN_AGENTS).map((agent) => <li key={agent.id}><AgentEntry agent={agent} onLeave={onLeave} /></li>)}
          <li>
            <Link to="/agents" activeOptions={{ exact: true }} className="side-link text-faint">
              <Icon name="agents" />
              {agents.length > SHOWN_AGENTS ? `All ${agents.length} agents` : "Manage agents"}
            </Link>
          </li>
        </Section>
      </div>
      <NewChannel
        open={isNaming}
        onClose={() => setIsNaming(false)}
        onCreated={(channel) => {
          setIsNaming(false);
          onLeave();
          void navigate({ to: "/c/$channelId", params: { channelId: channel.id } });
        }}
      />
    </nav>
  );
}

function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }): ReactElement {
  return (
    <section aria-label={title}>
      <div className="mb-1 flex h-7 items-center justify-between pr-1 pl-2.5">
        <h2 className="text-xs font-semibold tracking-wide text-faint">{title}</h2>
        {action}
      </div>
      <ul className="space-y-px">{children}</ul>
    </section>
  );
}

function AgentEntry({ agent, onLeave }: { agent: Agent; onLeave: () => void }): ReactElement {
  const navigate = useNavigate();
  const condition = useAgentCondition(agent);
  const go = async (): Promise<void> => {
    try {
      const channel = await openDirect(agent.id);
      onLeave();
      await navigate({ to: "/c/$channelId", params: { channelId: channel.id } });
    } catch (error) {
      notify(sentence(error));
    }
  };
  return (
    <button type="button" className="side-link w-full text-left" title={`${agent.persona.role}. ${stateLabel(condition.state, condition.why)}`} onClick={() => void go()}>
      <Avatar name={agent.name} color={colorOf(agent)} size="small" />
      <span className="min-w-0 flex-1 truncate">{agent.name}</span>
      <StateDot {...condition} />
    </button>
  );
}

function isMac(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
