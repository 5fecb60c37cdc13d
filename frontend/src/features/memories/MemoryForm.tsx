import { useState, type ReactElement } from "react";
import { RULES } from "@/api/generated/rules";
import { ApiError, sentence } from "@/api/problem";
import type { Memory, MemoryCreate, MemoryKind, MemoryUpdate } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { useUnsaved } from "@/ui/unsaved";
import { add, change, type Owner } from "./owner";
import { importanceOf, KINDS } from "./words";

const MOST = RULES.MemoryCreate.content.maxLength;
const NONE: ReadonlyMap<string, string> = new Map();

interface Props {
  owner: Owner;
  /** The memory that is changed; null adds one. */
  memory: Memory | null;
  onClose: () => void;
}

export function MemoryDialog(props: Props): ReactElement {
  return (
    <Dialog title={props.memory ? "Edit this memory" : "Add a memory"} open onClose={props.onClose} wide>
      <MemoryForm {...props} />
    </Dialog>
  );
}

function MemoryForm({ owner, memory, onClose }: Props): ReactElement {
  const [initial] = useState(() => valuesOf(memory));
  const [values, setValues] = useState(initial);
  const [refused, setRefused] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const fields = refused instanceof ApiError ? refused.fields : NONE;
  const set = (part: Partial<typeof values>): void => setValues({ ...values, ...part });
  useUnsaved(values !== initial);
  const save = async (): Promise<void> => {
    setIsBusy(true);
    setRefused(null);
    try {
      await (memory ? change(owner, memory.id, changesOf(values, initial)) : add(owner, requestOf(values)));
      onClose();
    } catch (error) {
      setRefused(error);
      setIsBusy(false);
    }
  };
  const length = [...values.content].length;
  return (
    <form
      noValidate
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field label="What to remember" error={fields.get("content")} aside={length > MOST * 0.8 ? `${length.toLocaleString()} / ${MOST.toLocaleString()}` : undefined} hint="One thing, in a sentence that can be understood by itself.">
        {(wiring) => (
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog is opened to write here
          <textarea {...wiring} autoFocus rows={5} className="field" value={values.content} onChange={(event) => set({ content: event.target.value })} />
        )}
      </Field>
      <div className="grid gap-5 sm:grid-cols-2">
        <Field label="Kind" hint={KINDS[values.kind].hint} error={fields.get("kind")}>
          {(wiring) => (
            <select {...wiring} className="field h-10" value={values.kind} onChange={(event) => set({ kind: event.target.value as MemoryKind })}>
              {Object.entries(KINDS).map(([kind, { label }]) => <option key={kind} value={kind}>{label}</option>)}
            </select>
          )}
        </Field>
        <Field label="Forget it after" hint={owner.kind === "agent" ? "A day; left empty, as the agent's settings have it." : "A day; left empty, it stays."} error={fields.get("expires_at")}>
          {(wiring) => <input {...wiring} type="date" className="field h-10" value={values.expires} onChange={(event) => set({ expires: event.target.value })} />}
        </Field>
      </div>
      <Field label="Importance" aside={importanceOf(values.importance)} error={fields.get("importance")} hint="Of two that fit alike, the more important one is found first.">
        {(wiring) => (
          <input
            {...wiring}
            type="range"
            min={0}
            max={1}
            step={0.05}
            aria-valuetext={`${importanceOf(values.importance)}, ${values.importance}`}
            className="memory-range"
            value={values.importance}
            onChange={(event) => set({ importance: Number(event.target.value) })}
          />
        )}
      </Field>
      <div className="flex flex-wrap items-center justify-end gap-2">
        {refused !== null && <p role="alert" className="min-w-0 flex-1 text-sm text-danger">{fields.size > 0 ? "Some fields need a change; each says which." : sentence(refused)}</p>}
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={isBusy || values.content.trim() === ""}>{isBusy ? "Saving…" : "Save"}</Button>
      </div>
    </form>
  );
}

interface Values {
  content: string;
  kind: MemoryKind;
  importance: number;
  /** A day; empty: it stays. */
  expires: string;
}

function requestOf({ content, kind, importance, expires }: Values): MemoryCreate {
  return { content, kind, importance, expires_at: endOf(expires) };
}

/** Returns what was changed alone: a text that is sent is read anew. */
function changesOf(values: Values, before: Values): MemoryUpdate {
  const after = requestOf(values);
  return {
    ...(values.content !== before.content && { content: after.content }),
    ...(values.kind !== before.kind && { kind: after.kind }),
    ...(values.importance !== before.importance && { importance: after.importance }),
    ...(values.expires !== before.expires && { expires_at: after.expires_at }),
  };
}

function valuesOf(memory: Memory | null): Values {
  return {
    content: memory?.content ?? "",
    kind: memory?.kind ?? "note",
    importance: memory?.importance ?? RULES.MemoryCreate.importance.default,
    expires: memory?.expires_at ? dayField(new Date(memory.expires_at)) : "",
  };
}

/** Returns the day as a date field holds it, here. */
function dayField(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** Returns the end of the day that a date field holds, here; null when it holds none. */
function endOf(day: string): string | null {
  const date = new Date(`${day}T23:59:59`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
