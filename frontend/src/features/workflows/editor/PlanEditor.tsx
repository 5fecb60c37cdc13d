import { useEffect, useRef, type ReactElement } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { isOver } from "../words";
import { Conflict } from "./Conflict";
import { isFull, type Draft } from "./draft";
import { TaskItem } from "./TaskItem";
import { usePlanEdit } from "./usePlanEdit";

const MOST_AT_ONCE = 20;

interface Props {
  workflow: Workflow;
  onRerun: (made: Workflow) => void;
}

/** The tasks of a plan to be added to, taken from, put in order and changed; of one that is over, for a new run. */
export function PlanEditor({ workflow, onRerun }: Props): ReactElement {
  const list = useRef<HTMLDivElement>(null);
  const edit = usePlanEdit(workflow, list);
  const { draft, begun, errors, isDirty, isOutdated } = edit;
  const isNewRun = isOver(workflow);
  const store = async (): Promise<void> => {
    const saved = await edit.store();
    if (saved) notify(`The plan is saved as version ${saved.version}.`);
  };
  const again = async (isStarted: boolean): Promise<void> => {
    const made = await edit.again(isStarted);
    if (made) onRerun(made);
  };
  return (
    <div ref={list} className="mx-auto grid max-w-4xl gap-4 p-4 pb-0 sm:p-6 sm:pb-0">
      {isNewRun && <p className="text-sm text-soft">This run is over and stays as it was. What you change here is for a new run of the plan.</p>}
      {edit.isKept && !isOutdated && <p role="status" className="text-sm text-orange">These are your changes from before. They are not saved yet.</p>}
      {isOutdated && <Conflict workflow={workflow} since={draft.base.version} onApplyMine={edit.applyMine} onTakeTheirs={edit.reset} />}
      {edit.notes.length > 0 && <Notes notes={edit.notes} />}
      <Head draft={draft} errors={errors} onChange={edit.changePlan} />
      <ol aria-label="Tasks" className="grid gap-2">
        {draft.tasks.map((task, index) => (
          <TaskItem
            key={task.key}
            task={task}
            index={index}
            tasks={draft.tasks}
            begun={begun.get(task.key)}
            errors={errors}
            isOpen={edit.isOpen(task.key)}
            onToggle={() => edit.toggle(task.key)}
            onChange={(change) => edit.changeTask(task.key, change)}
            onMove={(step) => edit.move(task, step)}
            onRemove={() => edit.remove(task)}
          />
        ))}
      </ol>
      <div><Button icon="plus" disabled={isFull(draft.tasks)} onClick={edit.add}>{isFull(draft.tasks) ? "100 tasks are the most" : "Add a task"}</Button></div>
      <p role="status" className="sr-only">{edit.said}</p>
      <div className="wf-foot">
        {edit.refusal && <p role="alert" className="basis-full text-sm text-danger wrap-anywhere">{errors.get("tasks") ?? edit.refusal}</p>}
        {isNewRun ? (
          <>
            <Button kind="primary" icon="play" disabled={edit.isBusy} onClick={() => void again(true)}>Run it</Button>
            <Button disabled={edit.isBusy} onClick={() => void again(false)}>Only make the plan</Button>
          </>
        ) : (
          <Button kind="primary" icon="check" disabled={edit.isBusy || !isDirty || isOutdated} onClick={() => void store()}>{edit.isBusy ? "Saving…" : "Save"}</Button>
        )}
        {isDirty && <Button kind="ghost" disabled={edit.isBusy} onClick={edit.reset}>Discard changes</Button>}
        <p role="status" className="text-xs text-faint">{isDirty ? `Not saved yet; kept in this tab. Based on version ${draft.base.version}.` : `Version ${draft.base.version}`}</p>
      </div>
    </div>
  );
}

function Notes({ notes }: { notes: readonly string[] }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.focus(), []);
  return (
    <div ref={box} tabIndex={-1} role="group" aria-label="Changed by both" className="wf-decision outline-none">
      <p className="flex items-center gap-2 text-sm font-medium"><Icon name="warning" className="text-orange" />Your changes stand on top of theirs. Look at these before you save:</p>
      <ul className="grid gap-1 text-sm text-soft">{notes.map((note) => <li key={note}>{note}</li>)}</ul>
    </div>
  );
}

interface HeadProps {
  draft: Draft;
  errors: ReadonlyMap<string, string>;
  onChange: (change: Partial<Pick<Draft, "title" | "max_parallel">>) => void;
}

function Head({ draft, errors, onChange }: HeadProps): ReactElement {
  return (
    <div className="grid gap-4 sm:grid-cols-[minmax(0,1fr)_9rem]">
      <Field label="Title of the plan" error={errors.get("title")}>
        {(wiring) => <input {...wiring} className="field" maxLength={200} value={draft.title} autoComplete="off" onChange={(event) => onChange({ title: event.target.value })} />}
      </Field>
      <Field label="Tasks at once" error={errors.get("max_parallel")}>
        {(wiring) => (
          <input {...wiring} type="number" inputMode="numeric" min={1} max={MOST_AT_ONCE} className="field" value={draft.max_parallel}
            onChange={(event) => onChange({ max_parallel: Math.min(MOST_AT_ONCE, Math.max(1, Math.round(event.target.valueAsNumber) || 1)) })} />
        )}
      </Field>
    </div>
  );
}
