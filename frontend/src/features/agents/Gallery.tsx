import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import { agentsQuery } from "@/api/queries";
import type { Agent } from "@/api/types";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { AgentCard } from "./AgentCard";
import { useFresh } from "./fresh";
import { Transfer } from "./transfer/Transfer";

const FILTERS = {
  all: { label: "All", fits: () => true },
  default: { label: "Default", fits: (agent: Agent) => !agent.is_custom },
  custom: { label: "Custom", fits: (agent: Agent) => agent.is_custom },
  off: { label: "Switched off", fits: (agent: Agent) => !agent.is_active },
} as const;
type Filter = keyof typeof FILTERS;

const STEP = 60;

/** Every agent, found by name, handle, role or capability. */
export function Gallery({ onMessage }: { onMessage: (agent: Agent) => void }): ReactElement {
  const { data, error, refetch } = useQuery(agentsQuery);
  const [query, setQuery] = useState("");
  const [filter, setFilter] = useState<Filter>("all");
  const [shown, setShown] = useState(STEP);
  const wanted = useDeferredValue(query.trim().toLowerCase());
  const fresh = useFresh((state) => state.ids);
  const found = freshFirst((data ?? []).filter((agent) => FILTERS[filter].fits(agent) && matches(agent, wanted)), fresh);
  return (
    <div className="min-h-0 flex-1 overflow-y-auto p-4 sm:p-6">
      <div className="mx-auto max-w-6xl">
        <div className="mb-4"><Transfer agents={data ?? []} shown={found} /></div>
        <div className="mb-5 flex flex-wrap items-center gap-3">
          <div className="relative min-w-56 flex-1 sm:max-w-sm">
            <Icon name="search" className="pointer-events-none absolute top-2.5 left-3 size-4.5 text-faint" />
            <input
              type="search"
              aria-label="Search agents"
              placeholder="Name, role or skill"
              value={query}
              onChange={(event) => setQuery(event.target.value)}
              className="field pl-9.5"
            />
          </div>
          <fieldset className="inline-flex flex-wrap rounded-lg border border-line bg-panel p-1">
            <legend className="sr-only">Show</legend>
            {Object.entries(FILTERS).map(([key, { label }]) => (
              <label key={key} className="rounded-md px-3 py-1 text-sm text-soft has-checked:bg-hover has-checked:font-medium has-checked:text-cyan has-focus-visible:outline-2 has-focus-visible:outline-cyan">
                <input type="radio" name="filter" checked={filter === key} onChange={() => setFilter(key as Filter)} className="sr-only" />
                {label}
              </label>
            ))}
          </fieldset>
          <p role="status" className="ml-auto text-sm text-faint">{data && count(found.length)}</p>
        </div>
        {error && (
          <div role="alert" className="grid justify-items-start gap-3">
            <p className="text-danger">{sentence(error)}</p>
            <Button icon="retry" onClick={() => void refetch()}>Try again</Button>
          </div>
        )}
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(19rem,100%),1fr))] gap-3.5">
          {found.slice(0, shown).map((agent) => <li key={agent.id}><AgentCard agent={agent} isFresh={fresh.has(agent.id)} onMessage={onMessage} /></li>)}
        </ul>
        {data && found.length === 0 && (
          <p className="py-16 text-center text-soft">
            No agent fits. <Link to="/agents/new" className="text-cyan underline">Create one</Link>
          </p>
        )}
        {found.length > shown && (
          <div className="pt-5 text-center"><Button onClick={() => setShown(shown + STEP)}>Show more of {found.length}</Button></div>
        )}
      </div>
    </div>
  );
}

function freshFirst(agents: Agent[], fresh: ReadonlySet<string>): Agent[] {
  if (fresh.size === 0) return agents;
  return [...agents.filter(({ id }) => fresh.has(id)), ...agents.filter(({ id }) => !fresh.has(id))];
}

function matches(agent: Agent, wanted: string): boolean {
  if (wanted === "") return true;
  const { role, capabilities = [] } = agent.persona;
  return [agent.name, agent.handle, role, ...capabilities].some((text) => text.toLowerCase().includes(wanted));
}

function count(number: number): string {
  return number === 1 ? "1 agent" : `${number.toLocaleString()} agents`;
}
