import { useState, type ReactElement } from "react";
import { Field } from "@/ui/Field";
import { Button } from "@/ui/Button";
import { Markdown } from "@/ui/markdown/Markdown";
import { lengthOf, ruleOf } from "./form";

interface Props {
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
  onBlur: () => void;
}

/** The agent's instructions, with how much of them fits and how they read. */
export function PromptField({ value, error, onChange, onBlur }: Props): ReactElement {
  const { maxLength = 0 } = ruleOf("prompt");
  const length = lengthOf(value);
  const [isPreview, setIsPreview] = useState(false);
  return (
    <Field
      label="Prompt"
      hint="Instructions in your own words; Markdown is fine."
      error={error}
      aside={
        <>
          <Button kind="ghost" size="small" aria-pressed={isPreview} className="mr-2" disabled={value.trim() === ""} onClick={() => setIsPreview(!isPreview)}>
            {isPreview ? "Edit" : "Preview"}
          </Button>
          <span className={length > maxLength ? "text-danger" : ""}>{length.toLocaleString()} / {maxLength.toLocaleString()}</span>
        </>
      }
    >
      {(wiring) => isPreview && value.trim() !== "" ? (
        <div role="region" aria-label="Preview of the prompt" className="field min-h-48"><Markdown text={value} /></div>
      ) : (
        <textarea
          {...wiring}
          name="prompt"
          rows={8}
          className="field resize-y font-mono text-sm leading-6"
          placeholder="Read the change before you judge it. Name the file and the line. Say what is good, too."
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onBlur={onBlur}
        />
      )}
    </Field>
  );
}
