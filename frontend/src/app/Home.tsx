import { Navigate } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { sentence } from "@/api/problem";
import { channelsQuery } from "@/api/queries";
import { load } from "@/realtime/stored";
import { Button } from "@/ui/Button";
import { TopBar } from "./TopBar";

/** Leads to the channel that was open last, else to the first one. */
export function Home(): ReactElement {
  const { data, error, refetch } = useQuery(channelsQuery);
  const last = load<string | null>("lastChannel", null);
  const channel = data?.find(({ id }) => id === last) ?? data?.[0];
  if (channel) return <Navigate to="/c/$channelId" params={{ channelId: channel.id }} replace />;
  return (
    <>
      <TopBar page="Workspace" title="RezNet AI" />
      <div className="grid flex-1 place-content-center justify-items-center gap-4 p-8 text-center text-soft">
        {error && <p role="alert">{sentence(error)}</p>}
        {error && <Button icon="retry" onClick={() => void refetch()}>Try again</Button>}
        {data && <p>There is no channel yet. Make one with the plus beside Channels.</p>}
      </div>
    </>
  );
}
