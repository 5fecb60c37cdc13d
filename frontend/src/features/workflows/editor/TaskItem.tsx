import type { ReactElement } from "react";
import { useAgents } from "@/api/hooks";
import type { WorkflowTask } from "@/api/types";
import { IconButton } from "@/ui/Button";
import { colorOf, readable } from "@/ui/color";
import { Field } from "@/ui/Field";
import { Icon } from "@/ui/Icon";
import { counted, ON_FAILURE, taskLook } from "../words";
import { AgentPicker } from "./AgentPicker";
import { DependsOn } from "./DependsOn";
import type { DraftTask } from "./draft";

const LIMITS = { title: 200, description: 8_000, expected: 2_000 };

interface Props {
  task: DraftTask;
  index: number;
  tasks: readonly DraftTask[];
  /** The task as it runs, once it has begun: then it must stay as it is. */
  begun: WorkflowTask | undefined;
  errors: ReadonlyMap<string, string>;
  isOpen: boolean;
  onToggle: () => void;
  onChange: (change: Partial<DraftTask>) => void;
  onMove: (step: 1 | -1) => void;
  onRemove: () => void;
}

/** A task in the editor: one line, and all there is to say of it when it is open. */
export function TaskItem({ task, index, tasks, begun, errors, isOpen, onToggle, onChange, onMove, onRemove }: Props): ReactElement {
  const name = task.title.trim() || "Untitled task";
  const agent = useAgents().find(({ handle }) => handle === task.agent);
  const hasError = [...errors.keys()].some((place) => place.startsWith(`${task.key}.`));
  const panelId = `plan-task-${task.key}`;
  return (
    <li className="wf-item" data-error={hasError || undefined} data-task={task.key}>
      <div className="flex items-center gap-1 p-1.5 pl-3">
        <span aria-hidden="true" className="w-5 shrink-0 text-right text-xs text-faint tabular-nums">{index + 1}</span>
        <button type="button" data-toggle aria-expanded={isOpen} aria-controls={isOpen ? panelId : undefined} onClick={onToggle} className="wf-item-toggle">
          <span className="font-medium wrap-anywhere">{name}</span>
          <span className="flex flex-wrap gap-x-2.5 text-xs text-faint">
            <span style={{ color: readable(colorOf(agent)) }}>{task.agent ? `@${task.agent}` : "nobody yet"}</span>
            <span>{needsOf(task, tasks)}</span>
            {begun && <span className="text-orange">{taskLook(begun).word}</span>}
            {hasError && <span className="text-danger">needs a look</span>}
          </span>
        </button>
        <IconButton icon="up" label={`Move ${name} up`} data-move="-1" disabled={index === 0} onClick={() => onMove(-1)} />
        <IconButton icon="down" label={`Move ${name} down`} data-move="1" disabled={index === tasks.length - 1} onClick={() => onMove(1)} />
        <IconButton icon="trash" label={begun ? `Remove ${name}: it has begun and must stay` : `Remove ${name}`} disabled={begun !== undefined || tasks.length === 1} onClick={onRemove} />
      </div>
      {isOpen && (
        <div id={panelId} className="grid gap-4 border-t border-line p-4">
          {begun && (
            <p className="flex items-center gap-2 text-sm text-orange">
              <Icon name="warning" /> It has begun ({taskLook(begun).word.toLowerCase()}), so it must stay as it is. Only its place may change.
            </p>
          )}
          <fieldset disabled={begun !== undefined} className="grid min-w-0 gap-4">
            <legend className="sr-only">{name}</legend>
            <div className="grid gap-4 md:grid-cols-2">
              <Field label="Title" error={errors.get(`${task.key}.title`)}>
                {(wiring) => <input {...wiring} className="field" maxLength={LIMITS.title} value={task.title} autoComplete="off" onChange={(event) => onChange({ title: event.target.value })} />}
              </Field>
              <Field label="Agent" error={errors.get(`${task.key}.agent`)}>
                {(wiring) => <AgentPicker wiring={wiring} value={task.agent} onPick={(handle) => onChange({ agent: handle })} />}
              </Field>
            </div>
            <Field label="What to do" error={errors.get(`${task.key}.description`)}>
              {(wiring) => <textarea {...wiring} className="field" rows={4} maxLength={LIMITS.description} value={task.description} onChange={(event) => onChange({ description: event.target.value })} />}
            </Field>
            <div className="grid gap-4 md:grid-cols-2">
              <DependsOn tasks={tasks} task={task} error={errors.get(`${task.key}.depends_on`)} onChange={(keys) => onChange({ depends_on: keys })} />
              <div className="grid content-start gap-4">
                <Field label="Expected output" error={errors.get(`${task.key}.expected_output`)}>
                  {(wiring) => <textarea {...wiring} className="field" rows={3} maxLength={LIMITS.expected} value={task.expected_output} onChange={(event) => onChange({ expected_output: event.target.value })} />}
                </Field>
                <Field label="If it fails" error={errors.get(`${task.key}.on_failure`)}>
                  {(wiring) => (
                    <select {...wiring} className="field" value={task.on_failure} onChange={(event) => onChange({ on_failure: event.target.value as DraftTask["on_failure"] })}>
                      {Object.entries(ON_FAILURE).map(([value, label]) => <option key={value} value={value}>{label}</option>)}
                    </select>
                  )}
                </Field>
              </div>
            </div>
          </fieldset>
        </div>
      )}
    </li>
  );
}

function needsOf(task: DraftTask, tasks: readonly DraftTask[]): string {
  const [first, ...more] = task.depends_on.map((key) => tasks.find((other) => other.key === key)?.title.trim() || key);
  if (first === undefined) return "begins at once";
  return more.length === 0 ? `after ${first}` : `after ${first} and ${counted(more.length, "other")}`;
}
