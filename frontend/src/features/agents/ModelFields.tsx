import { useId, type ReactElement } from "react";
import { useProviders } from "@/api/hooks";
import type { Provider } from "@/api/types";
import { Field } from "@/ui/Field";
import { Sentence } from "@/ui/Sentence";
import { providerLabel } from "@/api/providerWords";
import type { Values } from "./form";

interface Props {
  values: Pick<Values, "provider" | "model">;
  set: (change: Partial<Pick<Values, "provider" | "model">>) => void;
  errorOf: (field: string) => string | undefined;
}

/** Which provider and model answer; says so when they can't now, and what to do. */
export function ModelFields({ values, set, errorOf }: Props): ReactElement {
  const providers = useProviders();
  const byDefault = providers.find((provider) => provider.is_default);
  const chosen = values.provider === "" ? byDefault : providers.find(({ name }) => name === values.provider);
  const settings = byDefault ? `As in the settings (${byDefault.default_model ?? byDefault.name})` : "As in the settings";
  return (
    <div className="grid gap-5 sm:grid-cols-2">
      <Field label="Provider" error={errorOf("provider")} hint={chosen && <ProviderHint provider={chosen} />}>
        {(wiring) => (
          <select {...wiring} name="provider" className="field h-10" value={values.provider} onChange={(event) => set({ provider: event.target.value, model: "" })}>
            <option value="">{settings}</option>
            <ProviderOptions providers={providers} />
          </select>
        )}
      </Field>
      <Field label="Model" error={errorOf("model")} hint={values.provider === "" ? "Choose a provider to name a model." : "Empty: the provider's usual one."}>
        {(wiring) => (
          <ModelInput
            {...wiring}
            name="model"
            provider={values.provider === "" ? undefined : chosen}
            disabled={values.provider === "" && values.model === ""}
            value={values.model}
            onValue={(model) => set({ model })}
          />
        )}
      </Field>
    </div>
  );
}

export function ProviderOptions({ providers }: { providers: readonly Provider[] }): ReactElement {
  return (
    <>
      {providers.map((provider) => (
        <option key={provider.name} value={provider.name}>{providerLabel(provider)}</option>
      ))}
    </>
  );
}

function ProviderHint({ provider }: { provider: Provider }): ReactElement | null {
  if (provider.state === "ready") return null;
  return <span className="text-orange"><Sentence text={provider.detail} /></span>;
}

interface ModelInputProps extends Omit<React.ComponentProps<"input">, "value" | "onChange"> {
  provider: Provider | undefined;
  value: string;
  onValue: (model: string) => void;
}

/** A model's name; those that the provider offers are suggested, and others may be typed. */
export function ModelInput({ provider, value, onValue, ...rest }: ModelInputProps): ReactElement {
  const listId = useId();
  return (
    <>
      <input
        {...rest}
        list={listId}
        autoComplete="off"
        spellCheck={false}
        className="field h-10 font-mono text-sm disabled:opacity-60"
        placeholder={provider?.default_model ?? ""}
        value={value}
        onChange={(event) => onValue(event.target.value)}
      />
      <datalist id={listId}>
        {provider?.models.map((model) => <option key={model} value={model}>{model}</option>)}
      </datalist>
    </>
  );
}
