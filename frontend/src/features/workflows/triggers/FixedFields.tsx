import type { ReactElement } from "react";
import type { SavedParameter } from "@/api/types";
import { Field } from "@/ui/Field";
import { isAsked } from "../saved/placeholders";
import type { Values } from "./form";

interface Props {
  parameters: readonly SavedParameter[];
  values: Values;
  errors: ReadonlyMap<string, string>;
  onChange: (change: Partial<Values>) => void;
}

/** What the plan is given each time: always the same, or, of calls, from a place in their body. */
export function FixedFields({ parameters, values, errors, onChange }: Props): ReactElement | null {
  const { kind, fixed, places } = values;
  if (parameters.length === 0) return null;
  return (
    <fieldset className="grid min-w-0 gap-3">
      <legend className="mb-2 text-sm font-medium">What the plan is given</legend>
      {parameters.map((parameter) => {
        const { name } = parameter;
        return (
          <div key={name} role="group" aria-label={name} className={kind === "webhook" ? "saved-parameter" : "grid"}>
            {kind === "webhook" && <p className="font-medium wrap-anywhere">{name}</p>}
            <Field label={kind === "webhook" ? "Always this" : name} hint={emptyMeans(parameter, kind)} error={errors.get(`parameters.${name}`)}>
              {(wiring) => <textarea {...wiring} className="field saved-value" rows={1} maxLength={4_000} value={fixed[name] ?? ""} onChange={(event) => onChange({ fixed: { ...fixed, [name]: event.target.value } })} />}
            </Field>
            {kind === "webhook" && (
              <Field label="Else from the field" hint="With dots into the body: pull_request.title" error={errors.get(`settings.fields.${name}`)}>
                {(wiring) => <input {...wiring} className="field font-mono" autoComplete="off" spellCheck={false} maxLength={800} placeholder={name} value={places[name] ?? ""} onChange={(event) => onChange({ places: { ...places, [name]: event.target.value } })} />}
              </Field>
            )}
          </div>
        );
      })}
    </fieldset>
  );
}

/** Returns what an empty field means. */
function emptyMeans(parameter: SavedParameter, kind: Values["kind"]): string {
  const otherwise = parameter.default ? `“${parameter.default}”` : isAsked(parameter) ? null : "nothing";
  if (kind === "webhook") return "Left empty: what the call says.";
  if (kind === "message") return `Left empty: what stands at {${parameter.name}} in the message${otherwise ? `, else ${otherwise}` : ""}.`;
  return otherwise === null ? "Required: nothing else fills it." : `Left empty: ${otherwise}.`;
}
