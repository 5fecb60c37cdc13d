import { useRef, useState, type ReactElement } from "react";
import { RULES } from "@/api/generated/rules";
import type { SavedParameter, SavedWorkflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { useUnsaved } from "@/ui/unsaved";
import { added, changed, isFull, moved, refusedAt, removed, tasksToSend, type DraftTask } from "../editor/draft";
import { TaskItem } from "../editor/TaskItem";
import { useSubmit } from "../useSubmit";
import { ParameterRows } from "./ParameterRows";
import { parametersFor, placeholdersOf } from "./placeholders";
import { update } from "./queries";
import "../workflows.css";
import "../page/page.css";

const { name: NAME, description: DESCRIPTION, title: TITLE, request: REQUEST } = RULES.SavedWorkflowCreate;

interface Props {
  saved: SavedWorkflow;
  onDone: () => void;
}

/** A saved workflow to be renamed and changed; what was made of it stays as it is. */
export function SavedEditor({ saved, onDone }: Props): ReactElement {
  const [initial] = useState(() => valuesOf(saved));
  const [values, setValues] = useState(initial);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const { isBusy, fields, refusal, submit } = useSubmit();
  const list = useRef<HTMLOListElement>(null);
  const parameters = parametersFor([...new Set([...placeholdersOf(values), ...initial.unused])], values.known);
  const errors = refusedAt(fields, values.tasks);
  const note = refusal(["name", "description", "title", "request"]);
  useUnsaved(values !== initial);
  const set = (change: Partial<Values>): void => setValues({ ...values, ...change });
  const toggle = (key: string): void => setOpen(new Set(open.has(key) ? [...open].filter((one) => one !== key) : [...open, key]));
  const add = (): void => {
    const { tasks, key } = added(values.tasks);
    set({ tasks });
    setOpen(new Set([...open, key]));
  };
  const store = async (): Promise<void> => {
    const { name, description, title, request, tasks } = values;
    const base = { title, max_parallel: 1, tasks: initial.tasks, version: 1 };
    await update(saved.id, { name, description, title, request, parameters, tasks: tasksToSend({ title, max_parallel: 1, tasks, base }) });
    onDone();
  };
  return (
    <form
      noValidate
      aria-label={`Edit ${saved.name}`}
      className="mx-auto grid max-w-4xl gap-5 p-4 pb-0 sm:p-6 sm:pb-0"
      onSubmit={(event) => submit(event, store)}
    >
      <div className="grid gap-5 md:grid-cols-2">
        <Field label="Name" error={fields.get("name")}>
          {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- what was pressed before is gone */}
          {(wiring) => <input {...wiring} autoFocus className="field" autoComplete="off" maxLength={NAME.maxLength} value={values.name} onChange={(event) => set({ name: event.target.value })} />}
        </Field>
        <Field label="Title of what is made" hint="Of each workflow, such as “Report of week {{week}}”." error={fields.get("title")}>
          {(wiring) => <input {...wiring} className="field" autoComplete="off" maxLength={TITLE.maxLength} value={values.title} onChange={(event) => set({ title: event.target.value })} />}
        </Field>
      </div>
      <Field label="Description" hint="What it is good for." error={fields.get("description")}>
        {(wiring) => <textarea {...wiring} className="field" rows={2} maxLength={DESCRIPTION.maxLength} value={values.description} onChange={(event) => set({ description: event.target.value })} />}
      </Field>
      <Field label="Request" hint="The whole of it, which every task is told." error={fields.get("request")}>
        {(wiring) => <textarea {...wiring} className="field saved-value" rows={2} maxLength={REQUEST.maxLength} value={values.request} onChange={(event) => set({ request: event.target.value })} />}
      </Field>
      <ParameterRows parameters={parameters} errors={fields} onChange={(known) => set({ known })} />
      <div className="grid gap-2">
        <h2 className="text-sm font-medium">Tasks</h2>
        <ol ref={list} aria-label="Tasks" className="grid gap-2">
          {values.tasks.map((task, index) => (
            <TaskItem
              key={task.key}
              task={task}
              index={index}
              tasks={values.tasks}
              begun={undefined}
              errors={errors}
              isOpen={open.has(task.key) || [...errors.keys()].some((place) => place.startsWith(`${task.key}.`))}
              onToggle={() => toggle(task.key)}
              onChange={(change) => set({ tasks: changed(values.tasks, task.key, change) })}
              onMove={(step) => set({ tasks: moved(values.tasks, task.key, step) })}
              onRemove={() => {
                set({ tasks: removed(values.tasks, task.key) });
                list.current?.querySelector<HTMLElement>("[data-toggle]")?.focus();
              }}
            />
          ))}
        </ol>
        <div><Button icon="plus" disabled={isFull(values.tasks)} onClick={add}>{isFull(values.tasks) ? "100 tasks are the most" : "Add a task"}</Button></div>
      </div>
      <div className="wf-foot">
        {note && <p role="alert" className="basis-full text-sm text-danger wrap-anywhere">{note}</p>}
        <Button type="submit" kind="primary" icon="check" disabled={isBusy || values === initial}>{isBusy ? "Saving…" : "Save"}</Button>
        <Button kind="ghost" disabled={isBusy} onClick={onDone}>{values === initial ? "Back" : "Discard changes"}</Button>
      </div>
    </form>
  );
}

interface Values {
  name: string;
  description: string;
  title: string;
  request: string;
  tasks: readonly DraftTask[];
  /** What is known of parameters, those included whose placeholders are gone for the moment. */
  known: readonly SavedParameter[];
  /** The parameters that no text had at first: callers may give them, so they stay. */
  unused: readonly string[];
}

function valuesOf({ name, description, title, request, tasks, parameters }: SavedWorkflow): Values {
  const whole = tasks.map((task): DraftTask => ({ description: "", depends_on: [], expected_output: "", on_failure: "skip", ...task }));
  const used = placeholdersOf({ title, request, tasks });
  const unused = parameters.map((one) => one.name).filter((one) => !used.includes(one));
  return { name, description, title, request, tasks: whole, known: parameters, unused };
}
