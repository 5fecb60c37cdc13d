import { useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { membersQuery, queryClient } from "@/api/queries";
import type { Agent, Member } from "@/api/types";

const NOBODY: readonly Member[] = [];

export function useMembers(channelId: string): readonly Member[] {
  return useQuery(membersQuery(channelId)).data ?? NOBODY;
}

export async function addMember(channelId: string, agentId: string): Promise<void> {
  const path = { channel_id: channelId, agent_id: agentId };
  await body(api.PUT("/api/channels/{channel_id}/members/{agent_id}", { params: { path } }));
  await queryClient.invalidateQueries(membersQuery(channelId));
}

export async function removeMember(channelId: string, agentId: string): Promise<void> {
  const path = { channel_id: channelId, agent_id: agentId };
  await body(api.DELETE("/api/channels/{channel_id}/members/{agent_id}", { params: { path } }));
  await queryClient.invalidateQueries(membersQuery(channelId));
}

/** Makes the agents that a text names members, and returns a sentence that says so. Throws when it names none or a stranger. */
export async function invite(channelId: string, text: string, agents: readonly Agent[]): Promise<string> {
  const handles = text.split(/[\s,]+/).map((word) => word.replace(/^@/, "").toLowerCase()).filter((word) => word !== "");
  if (handles.length === 0) throw new Error("Name who is invited, such as /invite @backend");
  const invited = handles.map((handle) => {
    const agent = agents.find((other) => other.handle === handle);
    if (agent === undefined) throw new Error(`There is no agent @${handle}.`);
    return agent;
  });
  for (const agent of invited) await addMember(channelId, agent.id);
  const names = invited.map(({ name }) => name).join(", ");
  return invited.length === 1 ? `${names} is a member now.` : `${names} are members now.`;
}
