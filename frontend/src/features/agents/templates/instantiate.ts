import { api, body } from "@/api/client";
import { agentsQuery, queryClient } from "@/api/queries";
import type { TemplateInstantiate, TemplateInstantiated } from "@/api/types";
import { showFresh } from "../fresh";

/** Makes agents of a team, all or none; the gallery shows them first. */
export async function instantiate(templateId: string, request: TemplateInstantiate): Promise<TemplateInstantiated> {
  const path = { template_id: templateId };
  const made = await body(api.POST("/api/templates/{template_id}/instantiate", { params: { path }, body: request }));
  await queryClient.invalidateQueries(agentsQuery);
  showFresh(made.agents.map(({ id }) => id));
  return made;
}

/** Says who was made, and under which other name where one was taken. */
export function outcome({ agents, renamed }: TemplateInstantiated): string {
  const handles = agents.map(({ handle }) => `@${handle}`);
  const made = `${handles.length === 1 ? "It is" : "They are"} ready: mention ${listed(handles)} in any channel.`;
  if (renamed.length === 0) return made;
  const changed = renamed.map(({ name, given_name }) => `${name} is called ${given_name}`);
  return `${made} ${listed(changed)}, since ${renamed.length === 1 ? "that name was" : "those names were"} taken.`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
