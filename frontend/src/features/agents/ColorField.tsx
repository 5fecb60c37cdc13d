import type { ReactElement } from "react";
import { AGENT_COLORS } from "@/ui/color";
import { Icon } from "@/ui/Icon";

const NAMES: Readonly<Record<string, string>> = {
  "#9D00FF": "Violet",
  "#00F6FF": "Cyan",
  "#FF00F7": "Magenta",
  "#39FF14": "Green",
  "#FF6B00": "Orange",
};

interface Props {
  value: string;
  error: string | undefined;
  onChange: (color: string) => void;
}

export function ColorField({ value, error, onChange }: Props): ReactElement {
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">Colour</legend>
      <div className="flex flex-wrap items-center gap-2">
        {AGENT_COLORS.map((color) => (
          <label key={color} title={NAMES[color]} className="relative grid size-9 place-items-center rounded-[10px] has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-cyan" style={{ backgroundColor: color }}>
            <input type="radio" name="color" className="sr-only" aria-label={NAMES[color]} checked={value.toUpperCase() === color} onChange={() => onChange(color)} />
            {value.toUpperCase() === color && <span className="grid size-5 place-items-center rounded-full bg-black text-white"><Icon name="check" className="size-3.5" /></span>}
          </label>
        ))}
        <label className="ml-1 flex items-center gap-2 text-sm text-soft">
          <input type="color" value={value} aria-invalid={error !== undefined} onChange={(event) => onChange(event.target.value)} className="size-9 rounded-[10px] border border-line bg-base p-1" />
          Another
        </label>
      </div>
      {error && <p role="alert" className="mt-1 text-sm text-danger">{error}</p>}
    </fieldset>
  );
}
