import { useId, type ReactElement, type ReactNode } from "react";

/** What a control needs so that its label, hint and error are read with it. */
export interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
}

interface Props {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** Beside the label, such as a counter. */
  aside?: ReactNode;
  className?: string;
  children: (wiring: Wiring) => ReactNode;
}

export function Field({ label, hint, error, aside, className = "", children }: Props): ReactElement {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={`grid content-start gap-1.5 ${className}`}>
      <div className="flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="text-sm font-medium">{label}</label>
        {aside && <span className="text-xs text-faint tabular-nums">{aside}</span>}
      </div>
      {children({ id, "aria-describedby": note ? `${id}-note` : undefined, "aria-invalid": error !== undefined })}
      {note && (
        <p id={`${id}-note`} role={error ? "alert" : undefined} className={`text-sm ${error ? "text-danger" : "text-faint"}`}>
          {note}
        </p>
      )}
    </div>
  );
}
