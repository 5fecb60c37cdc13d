import type { ReactElement } from "react";
import { RULES } from "@/api/generated/rules";
import { useProviders } from "@/api/hooks";
import { Button, IconButton } from "@/ui/Button";
import type { Values } from "./form";
import { ModelInput, ProviderOptions } from "./ModelFields";

const MOST = RULES.AgentCreate.fallbacks.maxItems;

type Fallbacks = Values["fallbacks"];

interface Props {
  fallbacks: Fallbacks;
  errorOf: (field: string) => string | undefined;
  onChange: (fallbacks: Fallbacks) => void;
}

/** Models to go on with, in order, when the agent's own can't answer. */
export function FallbackFields({ fallbacks, errorOf, onChange }: Props): ReactElement {
  const providers = useProviders();
  const change = (index: number, part: Partial<Fallbacks[number]>): void => {
    onChange(fallbacks.map((fallback, at) => (at === index ? { ...fallback, ...part } : fallback)));
  };
  const add = (): void => {
    const provider = providers.find(({ state }) => state === "ready") ?? providers[0];
    if (provider === undefined) return;
    onChange([...fallbacks, { key: `${Date.now()}`, provider: provider.name, model: provider.default_model ?? "" }]);
  };
  return (
    <fieldset className="grid gap-2.5">
      <legend className="mb-1.5 text-sm font-medium">Fallbacks</legend>
      <p className="-mt-1 text-sm text-faint">Models to go on with when the agent's own is limited or away, in this order.</p>
      {fallbacks.map((fallback, index) => {
        const error = errorOf(`fallbacks.${index}.model`) ?? errorOf(`fallbacks.${index}.provider`);
        return (
          <div key={fallback.key} className="grid gap-1">
            <div className="flex items-center gap-2">
              <span aria-hidden="true" className="w-4 text-sm text-faint">{index + 1}</span>
              <select
                aria-label={`Provider of fallback ${index + 1}`}
                className="field h-10 max-w-44"
                value={fallback.provider}
                onChange={(event) => change(index, { provider: event.target.value, model: "" })}
              >
                <ProviderOptions providers={providers} />
              </select>
              <ModelInput
                aria-label={`Model of fallback ${index + 1}`}
                aria-invalid={error !== undefined}
                provider={providers.find(({ name }) => name === fallback.provider)}
                value={fallback.model}
                onValue={(model) => change(index, { model })}
              />
              <IconButton icon="close" label={`Remove fallback ${index + 1}`} onClick={() => onChange(fallbacks.toSpliced(index, 1))} />
            </div>
            {error && <p role="alert" className="pl-6 text-sm text-danger">{error}</p>}
          </div>
        );
      })}
      {fallbacks.length < MOST && <div><Button icon="plus" size="small" onClick={add}>Add a fallback</Button></div>}
    </fieldset>
  );
}
