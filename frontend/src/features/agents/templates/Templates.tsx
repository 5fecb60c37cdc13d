import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useAgents } from "@/api/hooks";
import { sentence } from "@/api/problem";
import { templatesQuery } from "@/api/queries";
import type { TemplateSummary } from "@/api/types";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

/** The teams to start from. */
export function Templates(): ReactElement {
  const { data, error, refetch } = useQuery(templatesQuery);
  const handles = new Set(useAgents().map(({ handle }) => handle));
  return (
    <div className="min-h-0 flex-1 overflow-y-auto p-4 sm:p-6">
      <div className="mx-auto max-w-6xl">
        <p className="mb-5 max-w-2xl text-soft">
          Each is a team that works together: personas with instructions, which you can change like those of any agent.
          Look at one, pick whom you need, and choose the model that answers for them.
        </p>
        {error && (
          <div role="alert" className="grid justify-items-start gap-3">
            <p className="text-danger">{sentence(error)}</p>
            <Button icon="retry" onClick={() => void refetch()}>Try again</Button>
          </div>
        )}
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(21rem,100%),1fr))] gap-4">
          {data?.map((template) => <li key={template.id}><TeamCard template={template} handles={handles} /></li>)}
        </ul>
      </div>
    </div>
  );
}

function TeamCard({ template, handles }: { template: TemplateSummary; handles: ReadonlySet<string> }): ReactElement {
  const { id, name, description, agents } = template;
  const there = agents.filter(({ handle }) => handles.has(handle)).length;
  return (
    <article aria-label={name} className="relative flex h-full flex-col rounded-2xl border border-line bg-panel p-5 transition-colors focus-within:border-edge hover:border-edge">
      <div className="flex -space-x-1.5">
        {agents.map((agent) => (
          <span key={agent.key} className="rounded-xl ring-2 ring-panel"><Avatar name={agent.name} color={agent.color} /></span>
        ))}
      </div>
      <h2 className="mt-4 text-lg font-semibold">
        {/* The link covers the card. */}
        <Link to="/agents/templates/$templateId" params={{ templateId: id }} className="rounded after:absolute after:inset-0 after:rounded-2xl">
          {name}
        </Link>
      </h2>
      <p className="mt-1 text-soft">{description}</p>
      <ul aria-label="Agents" className="mt-4 mb-4 grid gap-1 text-sm">
        {agents.map((agent) => (
          <li key={agent.key} className="flex min-w-0 gap-2">
            <span className="shrink-0 font-medium">{agent.name}</span>
            <span className="truncate text-faint">{agent.role}</span>
          </li>
        ))}
      </ul>
      <p className="mt-auto flex items-center gap-2 text-sm text-cyan">
        <Icon name="agents" />
        {there === 0 ? "Look at the team" : `Look at the team (${there === agents.length ? "all" : there} here already)`}
      </p>
    </article>
  );
}
