import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { useAgents } from "@/api/hooks";
import { templatesQuery } from "@/api/queries";
import { canStart, handlesOf } from "@/api/starters";
import type { Provider } from "@/api/types";
import { Button, buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Providers } from "./Providers";

interface Props {
  providers: readonly Provider[];
  isLooking: boolean;
  onLook: () => void;
  onStart: (text: string) => void;
}

export function FirstRunCard({ providers, isLooking, onLook, onStart }: Props): ReactElement {
  const isTrial = providers.some((provider) => provider.is_default && provider.state === "trial");
  return (
    <section aria-labelledby="first-run" className="mx-2 my-4 max-w-2xl rounded-2xl border border-violet/50 bg-panel p-5">
      <h2 id="first-run" className="flex items-center gap-2 text-lg font-semibold">
        <Icon name="plug" className="size-5 text-violet" />
        {isTrial ? "You are trying it with a tiny model" : "Connect a model"}
      </h2>
      <p className="mt-1 mb-4 text-soft">
        {isTrial
          ? "Agents answer, but the trial model on this machine knows very little. Connect one of these for real work, then start RezNet AI again."
          : "Agents need a model to answer with. Set up one of these, then start RezNet AI again."}
      </p>
      <Providers />
      <Button icon="retry" className="mt-4" disabled={isLooking} onClick={onLook}>
        {isLooking ? "Looking…" : "Look again"}
      </Button>
      <Teams onStart={onStart} />
    </section>
  );
}

/** A first question for each team: to be asked where its agents are there, else the way to them. */
function Teams({ onStart }: { onStart: (text: string) => void }): ReactElement | null {
  const templates = useQuery(templatesQuery).data;
  const handles = handlesOf(useAgents());
  if (!templates?.length) return null;
  return (
    <>
      <h3 className="mt-6 mb-2 font-semibold">Teams, and what to ask them</h3>
      <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line">
        {templates.map(({ id, name, starters: [first = ""] }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-3 gap-y-2 bg-base px-4 py-3">
            <p className="min-w-48 flex-1 text-sm"><span className="block font-medium">{name}</span><span className="text-soft">{first}</span></p>
            {canStart(first, handles) ? (
              <Button size="small" icon="edit" aria-label={`Ask the ${name} team: ${first}`} onClick={() => onStart(first)}>Ask this</Button>
            ) : (
              <Link to="/agents/templates/$templateId" params={{ templateId: id }} aria-label={`Add the ${name} team`} className={buttonLook("ghost", "small")}>
                <Icon name="plus" className="size-3.5" />Add the team
              </Link>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
