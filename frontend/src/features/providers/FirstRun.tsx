import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { providersQuery } from "@/api/queries";
import type { Provider } from "@/api/types";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Providers } from "./Providers";

/** Says that no real model is connected, and how to connect one; nothing when one is. */
export function FirstRun(): ReactElement | null {
  const { data, isFetching, refetch } = useQuery(providersQuery);
  if (data === undefined || !needsModel(data)) return null;
  const isTrial = data.some((provider) => provider.is_default && provider.state === "trial");
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
      <Button icon="retry" className="mt-4" disabled={isFetching} onClick={() => void refetch()}>
        {isFetching ? "Looking…" : "Look again"}
      </Button>
    </section>
  );
}

/** Whether agents that follow the settings have no real model to answer with. */
export function needsModel(providers: readonly Provider[]): boolean {
  const chosen = providers.find((provider) => provider.is_default);
  return chosen === undefined || chosen.state !== "ready";
}
