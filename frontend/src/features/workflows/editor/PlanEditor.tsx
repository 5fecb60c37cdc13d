import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import { flushSync } from "react-dom";
import { useAgents } from "@/api/hooks";
import { ApiError, sentence } from "@/api/problem";
import { queryClient } from "@/api/queries";
import type { Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Icon } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { rerun, save } from "../acts";
import { workflowQuery } from "../queries";
import { hasBegun, isOver } from "../words";
import { Conflict } from "./Conflict";
import { added, changed, isFull, mistakes, moved, planOf, refusedAt, removed, tasksToSend, type Draft, type DraftTask } from "./draft";
import { merged } from "./merge";
import { useDraft } from "./useDraft";
import { TaskItem } from "./TaskItem";

const NO_ERRORS: ReadonlyMap<string, string> = new Map();
const MOST_AT_ONCE = 20;

interface Props {
  workflow: Workflow;
  onRerun: (made: Workflow) => void;
}

/** The tasks of a plan to be added to, taken from, put in order and changed; of one that is over, for a new run. */
export function PlanEditor({ workflow, onRerun }: Props): ReactElement {
  const { draft, isDirty, isKept, isOutdated, set, reset } = useDraft(workflow);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [refusal, setRefusal] = useState<{ text: string; fields: ReadonlyMap<string, string> } | null>(null);
  const [notes, setNotes] = useState<readonly string[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const [isChecked, setIsChecked] = useState(false);
  const [said, setSaid] = useState("");
  const list = useRef<HTMLDivElement>(null);
  const clientId = useRef<string>(crypto.randomUUID());
  const agents = useAgents();
  const handles = useMemo(() => new Set(agents.filter((agent) => agent.is_active).map(({ handle }) => handle)), [agents]);
  const isNewRun = isOver(workflow);
  const begun = useMemo(() => new Map(isNewRun ? [] : workflow.tasks.filter(hasBegun).map((task) => [task.key, task])), [workflow.tasks, isNewRun]);
  const local = isChecked ? without(mistakes(draft, handles), begun) : NO_ERRORS;
  const errors = useMemo(() => new Map([...(refusal?.fields ?? []), ...local]), [refusal, local]);
  const change = (tasks: readonly DraftTask[]): void => {
    set({ ...draft, tasks });
    setRefusal(null);
  };
  const focus = (key: string, part: string): void => list.current?.querySelector<HTMLElement>(`[data-task="${key}"] ${part}`)?.focus();
  const toggle = (key: string): void => setOpen((known) => (known.has(key) ? new Set([...known].filter((one) => one !== key)) : new Set(known).add(key)));
  const add = (): void => {
    const { tasks, key } = added(draft.tasks);
    flushSync(() => {
      change(tasks);
      setOpen((known) => new Set(known).add(key));
    });
    focus(key, "input");
  };
  const take = (task: DraftTask, index: number): void => {
    const next = draft.tasks[index + 1] ?? draft.tasks[index - 1];
    flushSync(() => {
      change(removed(draft.tasks, task.key));
      setSaid(`${task.title} is removed.`);
    });
    if (next) focus(next.key, "[data-toggle]");
  };
  const move = (task: DraftTask, index: number, step: 1 | -1): void => {
    flushSync(() => {
      change(moved(draft.tasks, task.key, step));
      setSaid(`${task.title} is at place ${index + step + 1} of ${draft.tasks.length}.`);
    });
    const isAtEnd = index + step === (step === 1 ? draft.tasks.length - 1 : 0); // where that button works no more
    focus(task.key, isAtEnd ? "[data-toggle]" : `[data-move="${step}"]`);
  };
  const send = async (deed: (tasks: DraftTask[]) => Promise<Workflow>): Promise<void> => {
    const wrong = without(mistakes(draft, handles), begun);
    setIsChecked(true);
    if (wrong.size > 0) {
      reveal(wrong);
      return;
    }
    setIsBusy(true);
    setRefusal(null);
    try {
      const made = await deed(tasksToSend(draft));
      reset();
      setNotes([]);
      setIsChecked(false);
      if (isNewRun) onRerun(made);
      else notify(`The plan is saved as version ${made.version}.`);
    } catch (error) {
      await refused(error);
    } finally {
      setIsBusy(false);
    }
  };
  const refused = async (error: unknown): Promise<void> => {
    // The newer plan is what the page shows then, beside what has become of it.
    if (error instanceof ApiError && error.code === "workflow_changed") await queryClient.fetchQuery({ ...workflowQuery(workflow.id), staleTime: 0 });
    else {
      const fields = error instanceof ApiError ? refusedAt(error.fields, draft.tasks) : NO_ERRORS;
      setRefusal({ text: sentence(error), fields });
      reveal(fields);
    }
  };
  /** Opens the tasks that have errors, and goes to the first of them. */
  const reveal = (fields: ReadonlyMap<string, string>): void => {
    const keys = draft.tasks.map(({ key }) => key).filter((key) => [...fields.keys()].some((place) => place.startsWith(`${key}.`)));
    flushSync(() => setOpen((known) => new Set([...known, ...keys])));
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  const edit = { version: draft.base.version, title: draft.title, max_parallel: draft.max_parallel };
  const store = (): Promise<void> => send((tasks) => save(workflow.id, { ...edit, tasks }));
  const again = (isStarted: boolean): Promise<void> =>
    send((tasks) => rerun(workflow.id, { title: draft.title, max_parallel: draft.max_parallel, tasks, auto_start: isStarted, client_id: clientId.current }));
  const applyMine = (): void => {
    const { draft: both, notes: found } = merged(draft, { ...planOf(workflow), version: workflow.version });
    set(both);
    setNotes(found);
  };
  return (
    <div ref={list} className="mx-auto grid max-w-4xl gap-4 p-4 pb-0 sm:p-6 sm:pb-0">
      {isNewRun && <p className="text-sm text-soft">This run is over and stays as it was. What you change here is for a new run of the plan.</p>}
      {isKept && !isOutdated && <p role="status" className="text-sm text-orange">These are your changes from before. They are not saved yet.</p>}
      {isOutdated && <Conflict workflow={workflow} since={draft.base.version} onApplyMine={applyMine} onTakeTheirs={reset} />}
      {notes.length > 0 && <Notes notes={notes} />}
      <Head draft={draft} errors={errors} onChange={(part) => set({ ...draft, ...part })} />
      <ol aria-label="Tasks" className="grid gap-2">
        {draft.tasks.map((task, index) => (
          <TaskItem
            key={task.key}
            task={task}
            index={index}
            tasks={draft.tasks}
            begun={begun.get(task.key)}
            errors={errors}
            isOpen={open.has(task.key)}
            onToggle={() => toggle(task.key)}
            onChange={(part) => change(changed(draft.tasks, task.key, part))}
            onMove={(step) => move(task, index, step)}
            onRemove={() => take(task, index)}
          />
        ))}
      </ol>
      <div><Button icon="plus" disabled={isFull(draft.tasks)} onClick={add}>{isFull(draft.tasks) ? "100 tasks are the most" : "Add a task"}</Button></div>
      <p role="status" className="sr-only">{said}</p>
      <div className="wf-foot">
        {refusal && <p role="alert" className="basis-full text-sm text-danger wrap-anywhere">{errors.get("tasks") ?? refusal.text}</p>}
        {isNewRun ? (
          <>
            <Button kind="primary" icon="play" disabled={isBusy} onClick={() => void again(true)}>Run it</Button>
            <Button disabled={isBusy} onClick={() => void again(false)}>Only make the plan</Button>
          </>
        ) : (
          <Button kind="primary" icon="check" disabled={isBusy || !isDirty || isOutdated} onClick={() => void store()}>{isBusy ? "Saving…" : "Save"}</Button>
        )}
        {isDirty && <Button kind="ghost" disabled={isBusy} onClick={reset}>Discard changes</Button>}
        <Unsaved isDirty={isDirty} draft={draft} />
      </div>
    </div>
  );
}

function Unsaved({ isDirty, draft: { base } }: { isDirty: boolean; draft: Draft }): ReactElement {
  return <p role="status" className="text-xs text-faint">{isDirty ? `Not saved yet; kept in this tab. Based on version ${base.version}.` : `Version ${base.version}`}</p>;
}

function Notes({ notes }: { notes: readonly string[] }): ReactElement {
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div ref={heading} tabIndex={-1} role="group" aria-label="Changed by both" className="wf-decision outline-none">
      <p className="flex items-center gap-2 text-sm font-medium"><Icon name="warning" className="text-orange" />Your changes stand on top of theirs. Look at these before you save:</p>
      <ul className="grid gap-1 text-sm text-soft">{notes.map((note) => <li key={note}>{note}</li>)}</ul>
    </div>
  );
}

interface HeadProps {
  draft: Draft;
  errors: ReadonlyMap<string, string>;
  onChange: (part: Partial<Draft>) => void;
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

/** Leaves out what is wrong with tasks that can't be changed any more. */
function without(errors: ReadonlyMap<string, string>, begun: ReadonlyMap<string, unknown>): ReadonlyMap<string, string> {
  return new Map([...errors].filter(([place]) => !begun.has(place.slice(0, place.lastIndexOf(".")))));
}
