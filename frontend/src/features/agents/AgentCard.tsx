import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Agent } from "@/api/types";
import { useAgentCondition } from "@/realtime/agentState";
import { Avatar } from "@/ui/Avatar";
import { Button, IconButton } from "@/ui/Button";
import { colorOf, readable } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { StateDot } from "@/ui/StateDot";
import { notify } from "@/ui/toast";
import { duplicateAgent, updateAgent } from "./changes";
import { DeleteAgent } from "./DeleteAgent";

const SHOWN_SKILLS = 4;

interface Props {
  agent: Agent;
  /** Whether it was just made. */
  isFresh: boolean;
  onMessage: (agent: Agent) => void;
}

export function AgentCard({ agent, isFresh, onMessage }: Props): ReactElement {
  const color = colorOf(agent);
  const condition = useAgentCondition(agent);
  const { role, goal, capabilities = [] } = agent.persona;
  return (
    <article
      aria-label={agent.name}
      className={`group relative flex h-full flex-col rounded-2xl border bg-panel p-4 transition-colors focus-within:border-edge hover:border-edge ${isFresh ? "border-cyan" : "border-line"} ${agent.is_active ? "" : "opacity-75"}`}
    >
      <div className="flex items-start gap-3">
        <Avatar name={agent.name} color={color} size="large" />
        <div className="min-w-0 flex-1">
          <h2 className="flex items-center gap-2">
            <Link
              to="/agents/$agentId"
              params={{ agentId: agent.id }}
              className="truncate rounded font-semibold hover:underline"
              style={{ color: readable(color) }}
            >
              {agent.name}
            </Link>
            <StateDot {...condition} />
          </h2>
          <p className="truncate text-sm text-faint">@{agent.handle} · {agent.is_custom ? "custom" : "default"}{isFresh && <span className="text-cyan"> · new</span>}</p>
        </div>
      </div>
      <p className="mt-3 font-medium">{role}</p>
      <p className="mt-0.5 line-clamp-2 text-sm text-soft">{goal}</p>
      {capabilities.length > 0 && (
        <ul aria-label="Capabilities" className="mt-3 flex flex-wrap gap-1.5">
          {capabilities.slice(0, SHOWN_SKILLS).map((skill) => (
            <li key={skill} className="max-w-40 truncate rounded-md bg-raised px-2 py-0.5 text-xs text-soft">{skill}</li>
          ))}
        </ul>
      )}
      <p className="mt-3 truncate pt-1 font-mono text-xs text-faint">
        {agent.config.model ?? "no model"}{agent.config.follows_settings ? " (settings)" : ""}
      </p>
      <Actions agent={agent} onMessage={onMessage} />
    </article>
  );
}

function Actions({ agent, onMessage }: { agent: Agent; onMessage: (agent: Agent) => void }): ReactElement {
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const duplicate = async (): Promise<void> => {
    const copy = await duplicateAgent(agent.id);
    await navigate({ to: "/agents/$agentId", params: { agentId: copy.id } });
  };
  return (
    <div className="mt-auto flex items-center gap-1 pt-3">
      <Button icon="thread" size="small" disabled={!agent.is_active} onClick={() => onMessage(agent)}>Message</Button>
      <Button
        kind="ghost"
        size="small"
        aria-pressed={!agent.is_active}
        onClick={() => attempt(updateAgent(agent.id, { is_active: !agent.is_active }))}
      >
        {agent.is_active ? "Switch off" : "Switch on"}
      </Button>
      <span className="ml-auto flex">
        <IconButton icon="copy" label={`Duplicate ${agent.name}`} onClick={() => attempt(duplicate())} />
        <a
          href={`/api/agents/${agent.id}/export`}
          download
          aria-label={`Export ${agent.name}`}
          title={`Export ${agent.name}`}
          className="inline-grid size-8 place-items-center rounded-md text-soft transition-colors hover:bg-hover hover:text-text"
        >
          <Icon name="download" />
        </a>
        {agent.is_custom && (
          <IconButton icon="trash" label={`Delete ${agent.name}`} className="hover:text-danger" onClick={() => setIsAsking(true)} />
        )}
      </span>
      <DeleteAgent agent={agent} open={isAsking} onClose={() => setIsAsking(false)} onDeleted={() => setIsAsking(false)} />
    </div>
  );
}

function attempt(act: Promise<unknown>): void {
  act.catch((error: unknown) => notify(sentence(error)));
}
