import type { ReactElement } from "react";
import { Field } from "@/ui/Field";
import { lengthOf, ruleOf, type Values } from "./form";

const COUNT_FROM = 0.8;

type TextName = { [Name in keyof Values]: Values[Name] extends string ? Name : never }[keyof Values];

interface Common {
  name: TextName;
  label: string;
  values: Values;
  set: (change: Partial<Values>) => void;
  touch: (field: string) => void;
  errorOf: (field: string) => string | undefined;
  hint?: string;
}

interface TextProps extends Common {
  placeholder?: string;
  isRequired?: boolean;
  rows?: number;
}

/** A text with its limit, which is counted when it comes near. */
export function TextField({ name, label, values, set, touch, errorOf, hint, placeholder, isRequired, rows }: TextProps): ReactElement {
  const value = values[name];
  const { maxLength } = ruleOf(name);
  const length = lengthOf(value);
  const isNear = maxLength !== undefined && length > maxLength * COUNT_FROM;
  return (
    <Field label={label} hint={hint} error={errorOf(name)} aside={isNear ? `${length} / ${maxLength}` : undefined}>
      {(wiring) => {
        const props = {
          ...wiring,
          name,
          className: "field",
          value,
          placeholder,
          required: isRequired,
          autoComplete: "off",
          onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value }),
          onBlur: () => touch(name),
        };
        return rows === undefined ? <input {...props} /> : <textarea {...props} rows={rows} />;
      }}
    </Field>
  );
}

export function NumberField({ name, label, values, set, touch, errorOf, hint, step }: Common & { step: number }): ReactElement {
  const { minimum, maximum } = ruleOf(name);
  return (
    <Field label={label} hint={hint} error={errorOf(name)}>
      {(wiring) => (
        <input
          {...wiring}
          type="number"
          name={name}
          inputMode="decimal"
          className="field"
          min={minimum}
          max={maximum}
          step={step}
          value={values[name]}
          onChange={(event) => set({ [name]: event.target.value })}
          onBlur={() => touch(name)}
        />
      )}
    </Field>
  );
}
