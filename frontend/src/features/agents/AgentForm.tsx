import { useRef, useState, type FormEvent, type ReactElement } from "react";
import { flushSync } from "react-dom";
import { ApiError, sentence } from "@/api/problem";
import type { Agent, AgentCreate } from "@/api/types";
import { Avatar } from "@/ui/Avatar";
import { Button } from "@/ui/Button";
import { AGENT_COLORS, readable } from "@/ui/color";
import { useUnsaved } from "@/ui/unsaved";
import { ColorField } from "./ColorField";
import { check, emptyValues, requestOf, valuesOf, type FieldErrors, type Values } from "./form";
import { createAgent, updateAgent } from "./changes";
import { FallbackFields } from "./FallbackFields";
import { MemoryFields } from "./MemoryFields";
import { ModelFields } from "./ModelFields";
import { NumberField, TextField } from "./fields";
import { PromptField } from "./PromptField";
import { TryPane } from "./TryPane";
import type { Form } from "./trial";

const NOTHING: FieldErrors = new Map();

interface Props {
  /** The agent that is changed; without one a new agent is made. */
  agent?: Agent;
  onSaved: (agent: Agent) => void;
  onCancel: () => void;
}

/** Who an agent is and how it runs. Refusals stand at their fields; the first of them gets the focus. */
export function AgentForm({ agent, onSaved, onCancel }: Props): ReactElement {
  const [initial] = useState(() => (agent ? valuesOf(agent, AGENT_COLORS[1]) : emptyValues(randomColor())));
  const [values, setValues] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const set = (change: Partial<Values>): void => {
    setValues((known) => ({ ...known, ...change }));
    setRefused(null);
  };
  const touch = (field: string): void => setTouched((known) => new Set(known).add(field));
  useUnsaved(values !== initial);
  const local = check(values);
  const fromApi = refused instanceof ApiError ? refused.fields : NOTHING;
  const errorOf = (field: string): string | undefined => fromApi.get(field) ?? (touched.has(field) ? local.get(field) : undefined);
  /** Draws what is wrong, and goes to the first of it. */
  const show = (change: () => void): void => {
    flushSync(change);
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  };
  const checked = (): AgentCreate | null => {
    if (local.size === 0) return requestOf(values);
    show(() => setTouched(new Set(local.keys())));
    return null;
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const request = checked();
    if (request === null) return;
    setIsBusy(true);
    try {
      onSaved(agent ? await updateAgent(agent.id, request) : await createAgent(request));
    } catch (error) {
      show(() => {
        setRefused(error);
        setIsBusy(false);
      });
    }
  };
  const text = { values, set, touch, errorOf };
  const tried = (): Form | null => {
    const request = checked();
    return request && { ...request, agent_id: agent?.id ?? null };
  };
  return (
    <div className="mx-auto max-w-3xl xl:grid xl:max-w-none xl:grid-cols-[minmax(0,48rem)_minmax(22rem,32rem)] xl:justify-center">
      <form ref={form} noValidate className="grid content-start gap-8 p-4 pb-0 sm:p-8 sm:pb-0" onSubmit={(event) => void submit(event)}>
        <div className="flex items-center gap-4">
          <Avatar name={values.name.trim() || "?"} color={values.color} size="large" />
          <div className="min-w-0">
            <p className="truncate text-xl font-bold" style={{ color: readable(values.color) }}>{values.name.trim() || "A new agent"}</p>
            <p className="truncate text-sm text-faint">{values.role.trim() || "What it is for"}</p>
          </div>
        </div>
        <Part title="Who it is">
          <div className="grid gap-5 sm:grid-cols-2">
            <TextField {...text} name="name" label="Name" placeholder="Code Reviewer" hint="Its handle comes from it." isRequired />
            <TextField {...text} name="role" label="Role" placeholder="Senior reviewer of Python services" isRequired />
          </div>
          <TextField {...text} name="goal" label="Goal" placeholder={`Assist with ${values.role.trim() || "its"} tasks`} />
          <TextField {...text} name="backstory" label="Backstory" rows={3} hint="What it has done before; it colours how it answers." />
          <TextField {...text} name="capabilities" label="Capabilities" placeholder="python, security, sql" hint="Separated by commas." />
          <ColorField value={values.color} error={errorOf("color")} onChange={(color) => set({ color })} />
        </Part>
        <Part title="How it works">
          <PromptField value={values.prompt} error={errorOf("prompt")} onChange={(prompt) => set({ prompt })} onBlur={() => touch("prompt")} />
          <ModelFields values={values} set={set} errorOf={errorOf} />
          <div className="grid gap-5 sm:grid-cols-2">
            <NumberField {...text} name="temperature" label="Temperature" step={0.1} hint="Low is steady, high is inventive." />
            <NumberField {...text} name="max_tokens" label="Longest answer" step={100} hint="In tokens." />
          </div>
          <FallbackFields fallbacks={values.fallbacks} errorOf={errorOf} onChange={(fallbacks) => set({ fallbacks })} />
        </Part>
        <Part title="What it remembers">
          <MemoryFields memory={values.memory} errorOf={errorOf} touch={touch} onChange={(memory) => set({ memory })} />
        </Part>
        <div className="sticky bottom-0 -mx-4 flex flex-wrap items-center gap-3 border-t border-line bg-base/95 px-4 py-3 backdrop-blur sm:mx-0 sm:px-0">
          <Button type="submit" kind="primary" disabled={isBusy}>{saveLabel(agent, isBusy)}</Button>
          <Button kind="ghost" onClick={onCancel}>Cancel</Button>
          {refused !== null && (
            <p role="alert" className="min-w-0 flex-1 text-sm text-danger">
              {fromApi.size > 0 ? "Some fields need a change; each says which." : sentence(refused)}
            </p>
          )}
        </div>
      </form>
      <div className="p-4 sm:p-8 xl:sticky xl:top-0 xl:flex xl:h-[calc(100dvh-3.5rem)] xl:flex-col xl:pl-0">
        <TryPane name={values.name.trim()} color={values.color} form={tried} />
      </div>
    </div>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }): ReactElement {
  return (
    <section aria-label={title} className="grid gap-5">
      <h2 className="border-b border-line pb-2 text-lg font-semibold">{title}</h2>
      {children}
    </section>
  );
}

function saveLabel(agent: Agent | undefined, isBusy: boolean): string {
  if (isBusy) return "Saving…";
  return agent ? "Save changes" : "Create agent";
}

function randomColor(): string {
  return AGENT_COLORS[Math.floor(Math.random() * AGENT_COLORS.length)] ?? AGENT_COLORS[1];
}
