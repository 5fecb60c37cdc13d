import { useMemo, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { useAgents } from "@/api/hooks";
import { ApiError, sentence } from "@/api/problem";
import { queryClient } from "@/api/queries";
import type { Workflow, WorkflowTask } from "@/api/types";
import { rerun, save } from "../acts";
import { workflowQuery } from "../queries";
import { hasBegun, isOver } from "../words";
import { added, changed, mistakes, moved, planOf, refusedAt, removed, tasksToSend, type Draft, type DraftTask } from "./draft";
import { merged } from "./merge";
import { useDraft } from "./useDraft";

type Errors = ReadonlyMap<string, string>;

const NO_ERRORS: Errors = new Map();

interface PlanEdit extends Omit<ReturnType<typeof useDraft>, "set"> {
  /** Tasks that have begun, so that they must stay as they are, by key. */
  begun: ReadonlyMap<string, WorkflowTask>;
  /** What is wrong, by `key.field`, `title` or `tasks`. */
  errors: Errors;
  /** Why the last attempt to send it was refused as a whole. */
  refusal: string | null;
  /** What both have changed, since my edit was put on top of another. */
  notes: readonly string[];
  /** What was just done, for those who don't see it. */
  said: string;
  isBusy: boolean;
  isOpen: (key: string) => boolean;
  toggle: (key: string) => void;
  changePlan: (change: Partial<Pick<Draft, "title" | "max_parallel">>) => void;
  changeTask: (key: string, change: Partial<DraftTask>) => void;
  add: () => void;
  remove: (task: DraftTask) => void;
  move: (task: DraftTask, step: 1 | -1) => void;
  applyMine: () => void;
  /** Saves the edit as the next version. Resolves to the plan, null when it was refused. */
  store: () => Promise<Workflow | null>;
  /** Makes a new run of the edited plan. */
  again: (isStarted: boolean) => Promise<Workflow | null>;
}

/** The edit of a plan: what can be done to it, what is wrong with it, and where in the list of its tasks the keyboard goes then. */
export function usePlanEdit(workflow: Workflow, list: RefObject<HTMLElement | null>): PlanEdit {
  const { set, ...editing } = useDraft(workflow);
  const { draft, reset } = editing;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [refusal, setRefusal] = useState<{ text: string; fields: Errors } | null>(null);
  const [notes, setNotes] = useState<readonly string[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const [isChecked, setIsChecked] = useState(false);
  const [said, setSaid] = useState("");
  const clientId = useRef<string>(crypto.randomUUID()); // a second try makes no second run
  const agents = useAgents();
  const handles = useMemo(() => new Set(agents.filter((agent) => agent.is_active).map(({ handle }) => handle)), [agents]);
  const begun = useMemo(() => new Map(isOver(workflow) ? [] : workflow.tasks.filter(hasBegun).map((task) => [task.key, task])), [workflow]);
  const wrong = without(mistakes(draft, handles), begun);
  const errors = new Map([...(refusal?.fields ?? []), ...(isChecked ? wrong : [])]);

  const change = (tasks: readonly DraftTask[]): void => {
    set({ ...draft, tasks });
    setRefusal(null);
  };
  const focus = (key: string, part: string): void => list.current?.querySelector<HTMLElement>(`[data-task="${key}"] ${part}`)?.focus();
  const opened = (keys: readonly string[]): void => setOpen((known) => new Set([...known, ...keys]));
  /** Draws what is wrong, with the tasks open that have errors, and goes to the first of them. */
  const reveal = (fields: Errors, note: () => void): void => {
    const places = [...fields.keys()];
    flushSync(() => {
      note();
      opened(draft.tasks.map(({ key }) => key).filter((key) => places.some((place) => place.startsWith(`${key}.`))));
    });
    list.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  };
  const refused = async (error: unknown): Promise<void> => {
    // The newer plan is what the page shows then, beside what has become of it.
    if (error instanceof ApiError && error.code === "workflow_changed") {
      await queryClient.fetchQuery({ ...workflowQuery(workflow.id), staleTime: 0 });
      return;
    }
    const fields = error instanceof ApiError ? refusedAt(error.fields, draft.tasks) : NO_ERRORS;
    reveal(fields, () => setRefusal({ text: sentence(error), fields }));
  };
  const send = async (deed: (tasks: DraftTask[]) => Promise<Workflow>): Promise<Workflow | null> => {
    if (wrong.size > 0) {
      reveal(wrong, () => setIsChecked(true));
      return null;
    }
    setIsChecked(true);
    setIsBusy(true);
    setRefusal(null);
    try {
      const made = await deed(tasksToSend(draft));
      reset();
      setNotes([]);
      setIsChecked(false);
      return made;
    } catch (error) {
      await refused(error);
      return null;
    } finally {
      setIsBusy(false);
    }
  };
  const { title, max_parallel, base } = draft;
  return {
    ...editing,
    begun,
    errors,
    refusal: refusal?.text ?? null,
    notes,
    said,
    isBusy,
    isOpen: (key) => open.has(key),
    toggle: (key) => setOpen((known) => (known.has(key) ? new Set([...known].filter((one) => one !== key)) : new Set(known).add(key))),
    changePlan: (part) => {
      set({ ...draft, ...part });
      setRefusal(null);
    },
    changeTask: (key, part) => change(changed(draft.tasks, key, part)),
    add: () => {
      const { tasks, key } = added(draft.tasks);
      flushSync(() => {
        change(tasks);
        opened([key]);
      });
      focus(key, "input");
    },
    remove: (task) => {
      const at = draft.tasks.indexOf(task);
      const next = draft.tasks[at + 1] ?? draft.tasks[at - 1];
      flushSync(() => {
        change(removed(draft.tasks, task.key));
        setSaid(`${task.title} is removed.`);
      });
      if (next) focus(next.key, "[data-toggle]");
    },
    move: (task, step) => {
      const to = draft.tasks.indexOf(task) + step;
      flushSync(() => {
        change(moved(draft.tasks, task.key, step));
        setSaid(`${task.title} is at place ${to + 1} of ${draft.tasks.length}.`);
      });
      const isAtEnd = to === (step === 1 ? draft.tasks.length - 1 : 0); // where that button works no more
      focus(task.key, isAtEnd ? "[data-toggle]" : `[data-move="${step}"]`);
    },
    applyMine: () => {
      const both = merged(draft, { ...planOf(workflow), version: workflow.version });
      set(both.draft);
      setNotes(both.notes);
    },
    store: () => send((tasks) => save(workflow.id, { version: base.version, title, max_parallel, tasks })),
    again: (isStarted) => send((tasks) => rerun(workflow.id, { title, max_parallel, tasks, auto_start: isStarted, client_id: clientId.current })),
  };
}

/** Leaves out what is wrong with tasks that can't be changed any more. */
function without(errors: Errors, begun: ReadonlyMap<string, unknown>): Errors {
  return new Map([...errors].filter(([place]) => !begun.has(place.slice(0, place.lastIndexOf(".")))));
}
