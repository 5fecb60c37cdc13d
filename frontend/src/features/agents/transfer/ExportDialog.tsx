import { useState, type ReactElement } from "react";
import type { Agent } from "@/api/types";
import { Button, buttonLook } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/Icon";
import { exportAddress } from "./bundle";

// More do not fit into an address.
const MAX_SHOWN = 200;

interface Props {
  custom: number;
  /** The agents that the gallery shows under its filter. */
  shown: readonly Agent[];
  onClose: () => void;
}

/** Saves agents as one file. */
export function ExportDialog({ custom, shown, onClose }: Props): ReactElement {
  const [isShown, setIsShown] = useState(custom === 0);
  const isTooMany = shown.length > MAX_SHOWN;
  const options = [
    { label: "All custom agents", count: custom, isChosen: !isShown, isOff: custom === 0, choose: () => setIsShown(false) },
    { label: "Those shown in the gallery", count: shown.length, isChosen: isShown, isOff: isTooMany || shown.length === 0, choose: () => setIsShown(true) },
  ];
  const canExport = options.some(({ isChosen, isOff }) => isChosen && !isOff);
  return (
    <Dialog title="Export agents" description="As one file, to be imported in another workspace. It holds no keys." open onClose={onClose}>
      <fieldset className="grid gap-2.5 pt-2">
        <legend className="sr-only">Which agents</legend>
        {options.map(({ label, count, isChosen, isOff, choose }) => (
          <label key={label} className={`flex items-baseline gap-2.5 ${isOff ? "text-faint" : ""}`}>
            <input type="radio" name="which" checked={isChosen} disabled={isOff} onChange={choose} className="accent-cyan" />
            <span>{label} <span className="text-sm text-faint">({count})</span></span>
          </label>
        ))}
      </fieldset>
      {isTooMany && <p className="mt-2 text-sm text-soft">At most {MAX_SHOWN} can be chosen like this: search or filter first.</p>}
      <div className="flex justify-end gap-2 pt-5">
        <Button kind="ghost" onClick={onClose}>Close</Button>
        {canExport && (
          <a href={exportAddress(isShown ? shown.map(({ id }) => id) : "custom")} download className={buttonLook("primary")}>
            <Icon name="download" />Download
          </a>
        )}
      </div>
    </Dialog>
  );
}
