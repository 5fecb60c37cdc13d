import { api, body } from "@/api/client";
import { channelsQuery, queryClient } from "@/api/queries";
import type { Channel } from "@/api/types";

/** Returns the direct conversation with an agent, made if there is none. */
export async function openDirect(agentId: string): Promise<Channel> {
  const known = queryClient.getQueryData(channelsQuery.queryKey);
  const there = known?.find((channel) => channel.agent_id === agentId && channel.kind === "dm");
  if (there) return there;
  const channel = await body(api.POST("/api/channels", { body: { agent_id: agentId } }));
  await queryClient.invalidateQueries(channelsQuery);
  return channel;
}
