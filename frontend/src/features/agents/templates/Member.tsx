import { useId, type ReactElement } from "react";
import type { TemplateAgent } from "@/api/types";
import { Avatar } from "@/ui/Avatar";
import { readable } from "@/ui/color";

interface Props {
  agent: TemplateAgent & { handle: string };
  isPicked: boolean;
  /** Whether an agent of that name is there already. */
  isTaken: boolean;
  onPick: () => void;
}

/** An agent of a team, with its whole persona to look at. */
export function Member({ agent, isPicked, isTaken, onPick }: Props): ReactElement {
  const id = useId();
  return (
    <article aria-labelledby={`${id}-name`} className={`rounded-2xl border bg-panel transition-colors ${isPicked ? "border-cyan" : "border-line"}`}>
      <div className="flex items-start gap-3 p-4 has-focus-visible:rounded-2xl has-focus-visible:outline-2 has-focus-visible:outline-cyan">
        <input
          id={id}
          type="checkbox"
          checked={isPicked}
          aria-labelledby={`${id}-name`}
          aria-describedby={`${id}-about`}
          onChange={onPick}
          className="mt-2.5 size-4.5 shrink-0 accent-cyan outline-none"
        />
        <label htmlFor={id} className="flex min-w-0 flex-1 gap-3">
          <Avatar name={agent.name} color={agent.color} />
          <span className="min-w-0">
            <span id={`${id}-name`} className="font-semibold" style={{ color: readable(agent.color) }}>{agent.name}</span>
            <span className="text-sm text-faint"> @{agent.handle}</span>
            <span id={`${id}-about`} className="block">
              <span className="block text-sm">{agent.role}</span>
              <span className="mt-0.5 block text-sm text-soft">{agent.goal}.</span>
              {isTaken && (
                <span className="mt-1 block text-sm text-orange">There is an agent of this name; this one would get a number.</span>
              )}
            </span>
          </span>
        </label>
      </div>
      <details className="group border-t border-line px-4 py-2.5 text-sm">
        <summary className="rounded text-soft hover:text-text">Persona of {agent.name}</summary>
        <div className="grid gap-3 pt-3 pb-2">
          <p className="text-soft">{agent.backstory}</p>
          <ul aria-label="Capabilities" className="flex flex-wrap gap-1.5">
            {agent.capabilities.map((skill) => <li key={skill} className="rounded-md bg-raised px-2 py-0.5 text-xs text-soft">{skill}</li>)}
          </ul>
          <p className="rounded-xl bg-base p-4 leading-relaxed whitespace-pre-wrap text-soft">{agent.prompt}</p>
        </div>
      </details>
    </article>
  );
}
