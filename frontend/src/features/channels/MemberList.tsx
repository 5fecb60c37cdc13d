import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type ReactElement, type ReactNode } from "react";
import { useAgents } from "@/api/hooks";
import { sentence } from "@/api/problem";
import { membersQuery } from "@/api/queries";
import type { Agent } from "@/api/types";
import { useAgentCondition } from "@/realtime/agentState";
import { Avatar } from "@/ui/Avatar";
import { Button, IconButton } from "@/ui/Button";
import { colorOf } from "@/ui/color";
import { StateDot } from "@/ui/StateDot";
import { addMember, removeMember } from "./members";

const SHOWN = 6;

/** Who is a member of a channel, and who else can be made one. */
export function MemberList({ channelId }: { channelId: string }): ReactElement {
  const agents = useAgents();
  const { data, error } = useQuery(membersQuery(channelId));
  const [query, setQuery] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);
  const ids = new Set((data ?? []).map(({ agent_id: id }) => id));
  const members = agents.filter(({ id }) => ids.has(id));
  const wanted = query.trim().replace(/^@/, "").toLowerCase();
  const others = agents.filter((agent) => !ids.has(agent.id) && agent.is_active && fits(agent, wanted));
  const search = useRef<HTMLInputElement>(null);
  const attempt = async (act: Promise<void>): Promise<void> => {
    setRefusal(null);
    try {
      await act;
      search.current?.focus(); // the button that had the focus is gone
    } catch (reason) {
      setRefusal(sentence(reason));
    }
  };
  return (
    <div className="grid gap-5">
      {error && <p role="alert" className="text-sm text-danger">{sentence(error)}</p>}
      {refusal && <p role="alert" className="text-sm text-danger">{refusal}</p>}
      {data && members.length === 0 && <p className="text-sm text-soft">No agent is a member yet.</p>}
      <ul aria-label="Members" className="grid gap-1">
        {members.map((agent) => (
          <Row key={agent.id} agent={agent}>
            <IconButton icon="close" label={`Remove ${agent.name}`} onClick={() => void attempt(removeMember(channelId, agent.id))} />
          </Row>
        ))}
      </ul>
      <section aria-label="Add agents" className="grid gap-2 border-t border-line pt-4">
        <input
          ref={search}
          type="search"
          className="field h-9"
          aria-label="Find an agent to add"
          placeholder="Add an agent"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        <ul aria-label="Agents to add" className="grid gap-1">
          {others.slice(0, SHOWN).map((agent) => (
            <Row key={agent.id} agent={agent}>
              <Button size="small" icon="plus" aria-label={`Add ${agent.name}`} onClick={() => void attempt(addMember(channelId, agent.id))}>Add</Button>
            </Row>
          ))}
        </ul>
        <p role="status" className="text-sm text-faint">{restOf(others.length, wanted)}</p>
      </section>
    </div>
  );
}

function Row({ agent, children }: { agent: Agent; children: ReactNode }): ReactElement {
  return (
    <li className="flex items-center gap-3 rounded-lg px-1 py-1">
      <Avatar name={agent.name} color={colorOf(agent)} size="small" />
      <span className="min-w-0 flex-1">
        <span className="flex items-center gap-2 text-sm font-medium"><span className="truncate">{agent.name}</span><StateDot {...useAgentCondition(agent)} /></span>
        <span className="block truncate text-xs text-faint">@{agent.handle} · {agent.persona.role}</span>
      </span>
      {children}
    </li>
  );
}

function fits(agent: Agent, wanted: string): boolean {
  return [agent.name, agent.handle, agent.persona.role].some((text) => text.toLowerCase().includes(wanted));
}

function restOf(found: number, wanted: string): string {
  if (found === 0) return wanted === "" ? "Every agent is a member." : "No other agent fits.";
  return found > SHOWN ? `${found - SHOWN} more; type to find them.` : "";
}
