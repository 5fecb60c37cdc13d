import type { ReactElement } from "react";
import type { SavedParameter } from "@/api/types";
import { Field } from "@/ui/Field";
import { isAsked } from "./placeholders";

const MOST = 4_000;

interface Props {
  parameters: readonly SavedParameter[];
  values: Readonly<Record<string, string>>;
  /** What was refused, by field: `parameters.name`. */
  errors: ReadonlyMap<string, string>;
  onChange: (name: string, value: string) => void;
}

/** A field for each thing that a saved workflow asks for. */
export function ParameterFields({ parameters, values, errors, onChange }: Props): ReactElement {
  return (
    <>
      {parameters.map((parameter) => (
        <Field key={parameter.name} label={parameter.name} aside={isAsked(parameter) ? "required" : parameter.required === false ? "may be empty" : undefined} hint={parameter.description} error={errors.get(`parameters.${parameter.name}`)}>
          {(wiring) => (
            <textarea
              {...wiring}
              className="field saved-value"
              rows={1}
              maxLength={MOST}
              aria-required={isAsked(parameter)}
              value={values[parameter.name] ?? ""}
              onChange={(event) => onChange(parameter.name, event.target.value)}
            />
          )}
        </Field>
      ))}
    </>
  );
}
