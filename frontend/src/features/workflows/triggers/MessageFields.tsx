import type { ReactElement } from "react";
import { Field } from "@/ui/Field";
import type { Values } from "./form";

interface Props {
  values: Values;
  names: readonly string[];
  errors: ReadonlyMap<string, string>;
  onChange: (change: Partial<Values>) => void;
}

/** Which messages make a workflow. */
export function MessageFields({ values: { pattern }, names, errors, onChange }: Props): ReactElement {
  const example = names[0] === undefined ? "!release" : `!release {${names[0]}}`;
  const filling = names.length > 0 ? ` What stands at ${names.map((name) => `{${name}}`).join(", ")} is put into the plan.` : "";
  return (
    <Field label="The message begins with" hint={`Such as ${example}.${filling} * stands for anything.`} error={errors.get("settings.pattern")}>
      {(wiring) => <input {...wiring} className="field" autoComplete="off" spellCheck={false} maxLength={200} placeholder={example} value={pattern} onChange={(event) => onChange({ pattern: event.target.value })} />}
    </Field>
  );
}
