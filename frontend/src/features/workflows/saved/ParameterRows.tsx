import type { ReactElement } from "react";
import type { SavedParameter } from "@/api/types";
import { Field } from "@/ui/Field";

interface Props {
  parameters: readonly Required<SavedParameter>[];
  /** What was refused, by field: `parameters.0.default`. */
  errors: ReadonlyMap<string, string>;
  onChange: (parameters: Required<SavedParameter>[]) => void;
}

/** What each placeholder of a plan means, and what stands for it where nothing is given. */
export function ParameterRows({ parameters, errors, onChange }: Props): ReactElement {
  const set = (at: number, change: Partial<SavedParameter>): void => onChange(parameters.map((one, index) => (index === at ? { ...one, ...change } : one)));
  return (
    <fieldset className="grid min-w-0 gap-3">
      <legend className="mb-2 text-sm font-medium">What it asks for</legend>
      <p className="text-sm text-faint">
        Write <code className="rounded bg-raised px-1 font-mono text-text">{"{{week}}"}</code> into a title, a description or the request, and whoever uses the plan is asked for “week”.
      </p>
      {parameters.map(({ name, description, default: value, required }, index) => (
        <div key={name} role="group" aria-label={name} className="saved-parameter">
          <p className="font-mono text-sm text-cyan wrap-anywhere">{`{{${name}}}`}</p>
          <Field label="Meaning" error={errors.get(`parameters.${index}.description`)}>
            {(wiring) => <input {...wiring} className="field" maxLength={500} autoComplete="off" value={description} onChange={(event) => set(index, { description: event.target.value })} />}
          </Field>
          <Field label="Default" error={errors.get(`parameters.${index}.default`)}>
            {(wiring) => <textarea {...wiring} className="field saved-value" rows={1} maxLength={4_000} value={value ?? ""} onChange={(event) => set(index, { default: event.target.value || null })} />}
          </Field>
          <label className="flex w-fit items-baseline gap-2 text-sm text-soft">
            <input type="checkbox" className="accent-cyan" checked={!required} onChange={(event) => set(index, { required: !event.target.checked })} />
            May be left empty
          </label>
        </div>
      ))}
    </fieldset>
  );
}
