import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Agent } from "@/api/types";
import { Gallery } from "@/features/agents/Gallery";
import { openDirect } from "@/features/channels/direct";
import { buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { TopBar } from "./TopBar";

export function AgentsPage(): ReactElement {
  const navigate = useNavigate();
  const message = async (agent: Agent): Promise<void> => {
    try {
      const channel = await openDirect(agent.id);
      await navigate({ to: "/c/$channelId", params: { channelId: channel.id } });
    } catch (error) {
      notify(sentence(error));
    }
  };
  return (
    <>
      <TopBar page="Agents" note="Who answers in this workspace">
        <Link to="/shared-memory" className={buttonLook("ghost")}><Icon name="archive" /><span className="sr-only sm:not-sr-only">Shared memory</span></Link>
        <Link to="/agents/new" className={buttonLook("primary")}><Icon name="plus" />New agent</Link>
      </TopBar>
      <Gallery onMessage={(agent) => void message(agent)} />
    </>
  );
}
