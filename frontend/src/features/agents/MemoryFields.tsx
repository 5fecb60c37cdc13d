import { useId, type ReactElement } from "react";
import { RULES } from "@/api/generated/rules";
import { Field } from "@/ui/Field";
import type { MemoryDays, MemoryValues } from "./form";

const REMEMBER: readonly (readonly [MemoryValues["remember"], string, string])[] = [
  ["facts", "Facts", "Each turn, and the facts in it. Finding those costs a short call of the agent's model once the channel is quiet."],
  ["turns", "Turns", "Each turn as it was said. No model is called for it."],
  ["off", "Nothing", "It keeps what you add yourself, and nothing else."],
];

const DAYS: readonly (readonly [MemoryDays, string, string])[] = [
  ["expire_after_days", "Forget after", "Days after which memories that aren't pinned are deleted. Empty: never."],
  ["half_life_days", "Half-life", "Days after which a memory counts for half when others fit as well. Empty: they don't fade."],
  ["summarize_after_days", "Sum up after", "Days after which what was said is drawn together into summaries. Empty: never."],
];

interface Props {
  memory: MemoryValues;
  errorOf: (field: string) => string | undefined;
  touch: (field: string) => void;
  onChange: (memory: MemoryValues) => void;
}

/** What an agent keeps of its conversations, whether it uses that, and for how long. */
export function MemoryFields({ memory, errorOf, touch, onChange }: Props): ReactElement {
  const refusal = errorOf("memory.recall") ?? errorOf("memory.remember") ?? errorOf("memory");
  return (
    <>
      <Option
        type="checkbox"
        label="Use memories in answers"
        hint="Before it answers, it is given those that fit the request. Under the answer you see which."
        checked={memory.recall}
        onChange={(recall) => onChange({ ...memory, recall })}
      />
      <fieldset className="grid gap-2.5">
        <legend className="mb-1.5 text-sm font-medium">Remember of conversations</legend>
        {REMEMBER.map(([remember, label, hint]) => (
          <Option key={remember} type="radio" label={label} hint={hint} checked={memory.remember === remember} onChange={() => onChange({ ...memory, remember })} />
        ))}
      </fieldset>
      {refusal && <p role="alert" className="text-sm text-danger">{refusal}</p>}
      <div className="grid gap-5 sm:grid-cols-2">
        {DAYS.map(([field, label, hint]) => (
          <Field key={field} label={label} hint={hint} error={errorOf(`memory.${field}`)}>
            {(wiring) => (
              <input
                {...wiring}
                type="number"
                inputMode="numeric"
                className="field"
                min={RULES.MemorySettings[field].minimum}
                max={RULES.MemorySettings[field].maximum}
                value={memory[field]}
                onChange={(event) => onChange({ ...memory, [field]: event.target.value })}
                onBlur={() => touch(`memory.${field}`)}
              />
            )}
          </Field>
        ))}
      </div>
    </>
  );
}

interface OptionProps {
  type: "checkbox" | "radio";
  label: string;
  hint: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function Option({ type, label, hint, checked, onChange }: OptionProps): ReactElement {
  const id = useId();
  return (
    <div className="flex items-start gap-3">
      <input
        id={id}
        type={type}
        name={type === "radio" ? "remember" : undefined}
        aria-describedby={`${id}-hint`}
        className="mt-1 accent-cyan"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <div>
        <label htmlFor={id} className="text-sm font-medium">{label}</label>
        <p id={`${id}-hint`} className="text-sm text-faint">{hint}</p>
      </div>
    </div>
  );
}
