import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { agentsQuery } from "@/api/queries";
import { sentence } from "@/api/problem";
import { AgentForm } from "@/features/agents/AgentForm";
import { DeleteAgent } from "@/features/agents/DeleteAgent";
import { Button, buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { TopBar } from "./TopBar";

export function NewAgentPage(): ReactElement {
  const toGallery = useToGallery();
  return (
    <>
      <TopBar page="New agent" />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <AgentForm
          onCancel={toGallery}
          onSaved={(agent) => {
            notify(`${agent.name} is ready: mention @${agent.handle} in any channel.`);
            toGallery();
          }}
        />
      </div>
    </>
  );
}

export function AgentPage(): ReactElement {
  const { agentId } = useParams({ from: "/agents/$agentId" });
  const { data, error } = useQuery(agentsQuery);
  const [isAsking, setIsAsking] = useState(false);
  const toGallery = useToGallery();
  const agent = data?.find(({ id }) => id === agentId);
  return (
    <>
      <TopBar page={agent?.name ?? "Agent"} note={agent && `@${agent.handle}`}>
        {agent && <Link to="/agents/$agentId/memory" params={{ agentId }} className={buttonLook("ghost")}><Icon name="spark" /><span className="sr-only sm:not-sr-only">Memory</span></Link>}
        {agent && <a href={`/api/agents/${agent.id}/export`} download className={buttonLook("ghost")}><Icon name="download" /><span className="sr-only sm:not-sr-only">Export</span></a>}
        {agent?.is_custom && <Button kind="danger" icon="trash" onClick={() => setIsAsking(true)}>Delete</Button>}
      </TopBar>
      {agent && (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <AgentForm
            key={agent.id}
            agent={agent}
            onCancel={toGallery}
            onSaved={(saved) => {
              notify(`${saved.name} is saved. Answers from now on follow it.`);
              toGallery();
            }}
          />
          <DeleteAgent agent={agent} open={isAsking} onClose={() => setIsAsking(false)} onDeleted={toGallery} />
        </div>
      )}
      {agent === undefined && (data || error) && (
        <p role="alert" className="p-8 text-soft">{error ? sentence(error) : "This agent isn't there any more."}</p>
      )}
    </>
  );
}

function useToGallery(): () => void {
  const navigate = useNavigate();
  return () => void navigate({ to: "/agents" });
}
