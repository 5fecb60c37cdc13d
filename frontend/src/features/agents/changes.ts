import { api, body } from "@/api/client";
import { agentsQuery, queryClient } from "@/api/queries";
import type { Agent, AgentCreate, AgentUpdate } from "@/api/types";

export async function createAgent(request: AgentCreate): Promise<Agent> {
  return changed(body(api.POST("/api/agents", { body: request })));
}

export async function updateAgent(agentId: string, request: AgentUpdate): Promise<Agent> {
  const path = { agent_id: agentId };
  return changed(body(api.PUT("/api/agents/{agent_id}", { params: { path }, body: request })));
}

export async function duplicateAgent(agentId: string): Promise<Agent> {
  const path = { agent_id: agentId };
  return changed(body(api.POST("/api/agents/{agent_id}/duplicate", { params: { path } })));
}

export async function deleteAgent(agentId: string): Promise<void> {
  const path = { agent_id: agentId };
  await changed(body(api.DELETE("/api/agents/{agent_id}", { params: { path } })));
}

async function changed<T>(request: Promise<T>): Promise<T> {
  const result = await request;
  await queryClient.invalidateQueries(agentsQuery);
  return result;
}
