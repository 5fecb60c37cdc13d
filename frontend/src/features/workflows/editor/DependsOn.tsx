import { useId, useMemo, useState, type ReactElement } from "react";
import { whyNot, type DraftTask } from "./draft";

const MANY = 10;

interface Props {
  tasks: readonly DraftTask[];
  task: DraftTask;
  error: string | undefined;
  onChange: (keys: string[]) => void;
}

/** Which other tasks must be done before one. Those that would make a ring can't be chosen, and say why. */
export function DependsOn({ tasks, task, error, onChange }: Props): ReactElement {
  const id = useId();
  const [query, setQuery] = useState("");
  const reasons = useMemo(() => whyNot(tasks, task.key), [tasks, task.key]);
  const others = tasks.filter(({ key }) => key !== task.key);
  const shown = others.filter(({ title }) => title.toLowerCase().includes(query.trim().toLowerCase()));
  const toggle = (key: string): void => {
    const isChosen = task.depends_on.includes(key);
    if (!isChosen && reasons.has(key)) return;
    onChange(isChosen ? task.depends_on.filter((other) => other !== key) : [...task.depends_on, key]);
  };
  return (
    <fieldset aria-describedby={error ? `${id}-error` : undefined} className="min-w-0">
      <legend className="mb-1.5 text-sm font-medium">Waits for</legend>
      {others.length > MANY && (
        <input type="search" aria-label="Find a task to wait for" placeholder="Find a task" value={query} onChange={(event) => setQuery(event.target.value)} className="field mb-2 h-9" />
      )}
      {others.length === 0 && <p className="text-sm text-faint">There is no other task yet.</p>}
      <ul className="wf-needs">
        {shown.map(({ key, title }) => {
          const isChosen = task.depends_on.includes(key);
          const reason = isChosen ? undefined : reasons.get(key);
          return (
            <li key={key}>
              <label className={reason ? "text-faint" : ""}>
                <input type="checkbox" className="accent-cyan" checked={isChosen} aria-disabled={reason !== undefined} onChange={() => toggle(key)} />
                <span className="min-w-0 wrap-anywhere">{title.trim() || "Untitled task"}{reason && <span className="text-xs"> · {reason}</span>}</span>
              </label>
            </li>
          );
        })}
      </ul>
      {error && <p id={`${id}-error`} role="alert" className="mt-1.5 text-sm text-danger">{error}</p>}
    </fieldset>
  );
}
