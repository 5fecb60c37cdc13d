import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { sentence } from "@/api/problem";
import { agentsQuery } from "@/api/queries";
import { MemoryBrowser } from "@/features/memories/MemoryBrowser";
import { buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { TopBar } from "./TopBar";

/** What an agent remembers. The address may hold one memory to be shown alone. */
export function MemoryPage(): ReactElement {
  const { agentId } = useParams({ from: "/agents/$agentId/memory" });
  const { memory } = useSearch({ from: "/agents/$agentId/memory" });
  const { data, error } = useQuery(agentsQuery);
  const navigate = useNavigate();
  const agent = data?.find(({ id }) => id === agentId);
  return (
    <>
      <TopBar page={agent ? `Memory of ${agent.name}` : "Memory"} title="Memory" note={agent && `@${agent.handle}`}>
        {agent && <Link to="/agents/$agentId" params={{ agentId }} className={buttonLook("ghost")}><Icon name="settings" />Agent</Link>}
      </TopBar>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {agent && (
          <MemoryBrowser
            key={agent.id}
            owner={{ kind: "agent", id: agent.id, name: agent.name, handle: agent.handle }}
            chosen={memory}
            onChoose={(chosen) => void navigate({ to: "/agents/$agentId/memory", params: { agentId }, search: { memory: chosen } })}
          />
        )}
        {agent === undefined && (data || error) && <p role="alert" className="p-8 text-soft">{error ? sentence(error) : "This agent isn't there any more."}</p>}
      </div>
    </>
  );
}
