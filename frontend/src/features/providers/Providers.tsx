import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { sentence } from "@/api/problem";
import { providersQuery } from "@/api/queries";
import type { Provider } from "@/api/types";
import { Sentence } from "@/ui/Sentence";
import { providerName, STATE_WORDS } from "@/api/providerWords";

const DOTS: Record<Provider["state"], string> = {
  ready: "bg-green",
  trial: "bg-orange",
  unreachable: "bg-danger",
  refused: "bg-danger",
  not_configured: "bg-faint",
};

/** Every provider with its state, and what to do where it can't be used. */
export function Providers(): ReactElement {
  const { data, error } = useQuery(providersQuery);
  if (error) return <p role="alert" className="text-sm text-danger">{sentence(error)}</p>;
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line">
      {(data ?? []).map((provider) => (
        <li key={provider.name} className="flex items-start gap-3 bg-base px-4 py-3">
          <span aria-hidden="true" className={`mt-1.5 size-2 shrink-0 rounded-full ${DOTS[provider.state]}`} />
          <div className="min-w-0 flex-1">
            <p className="text-sm">
              <span className="font-medium">{providerName(provider.name)}</span>
              <span className="text-faint"> · {STATE_WORDS[provider.state]}{provider.is_default ? " · default" : ""}</span>
            </p>
            {provider.state !== "ready" && <p className="mt-0.5 text-sm text-soft wrap-anywhere"><Sentence text={provider.detail} /></p>}
            {provider.default_model && provider.state === "ready" && (
              <p className="mt-0.5 font-mono text-xs text-faint">{provider.default_model}</p>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}
