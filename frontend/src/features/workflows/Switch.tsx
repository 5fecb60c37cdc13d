import type { ReactElement } from "react";
import "./switch.css";

interface Props {
  label: string;
  isOn: boolean;
  isBusy: boolean;
  onChange: (isOn: boolean) => void;
}

/** Whether something is on; a refusal stands elsewhere. */
export function Switch({ label, isOn, isBusy, onChange }: Props): ReactElement {
  return (
    <label className="wf-switch">
      <span aria-hidden="true">{isOn ? "On" : "Off"}</span>
      <input type="checkbox" role="switch" aria-checked={isOn} aria-label={label} checked={isOn} aria-disabled={isBusy} onChange={(event) => isBusy || onChange(event.target.checked)} />
    </label>
  );
}
