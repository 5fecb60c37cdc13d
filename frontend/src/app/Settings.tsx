import type { ReactElement } from "react";
import { Providers } from "@/features/providers/Providers";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { closePanel, openPanel } from "./panels";
import { usePreferences, type Preferences } from "./preferences";

export function Settings(): ReactElement {
  const { theme, size } = usePreferences();
  return (
    <Dialog title="Settings" open onClose={closePanel} wide>
      <div className="grid gap-6">
        <Choice<Preferences["theme"]>
          legend="Theme"
          value={theme}
          options={[["neon", "Neon"], ["contrast", "High contrast"]]}
          onChange={(value) => usePreferences.setState({ theme: value })}
        />
        <Choice<Preferences["size"]>
          legend="Text size"
          value={size}
          options={[["small", "Small"], ["medium", "Medium"], ["large", "Large"]]}
          onChange={(value) => usePreferences.setState({ size: value })}
        />
        <section aria-labelledby="providers-title">
          <h3 id="providers-title" className="mb-2 text-sm font-medium">Model providers</h3>
          <Providers />
        </section>
        <div><Button icon="keyboard" onClick={() => openPanel("shortcuts")}>Keyboard shortcuts</Button></div>
      </div>
    </Dialog>
  );
}

interface ChoiceProps<T extends string> {
  legend: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

function Choice<T extends string>({ legend, value, options, onChange }: ChoiceProps<T>): ReactElement {
  return (
    <fieldset>
      <legend className="mb-2 text-sm font-medium">{legend}</legend>
      <div className="inline-flex flex-wrap rounded-lg border border-line bg-base p-1">
        {options.map(([option, label]) => (
          <label key={option} className="rounded-md px-3.5 py-1.5 text-sm text-soft has-checked:bg-hover has-checked:font-medium has-checked:text-cyan has-focus-visible:outline-2 has-focus-visible:outline-cyan">
            <input type="radio" name={legend} value={option} checked={option === value} onChange={() => onChange(option)} className="sr-only" />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
