import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactElement } from "react";
import { ApiError, sentence } from "@/api/problem";
import { agentsQuery, templateQuery } from "@/api/queries";
import type { Agent, Template, TemplateInstantiated } from "@/api/types";
import { Button } from "@/ui/Button";
import { ModelFields } from "../ModelFields";
import { instantiate } from "./instantiate";
import { Member } from "./Member";

interface Props {
  templateId: string;
  onMade: (made: TemplateInstantiated) => void;
  onCancel: () => void;
}

/** A team: who is in it, whom of them to make, and what answers for them. */
export function Team({ templateId, onMade, onCancel }: Props): ReactElement {
  const { data, error, refetch } = useQuery(templateQuery(templateId));
  const agents = useQuery(agentsQuery);
  if (data && !agents.isPending) {
    return <Choice template={data} taken={handlesIn(agents.data ?? [])} onMade={onMade} onCancel={onCancel} />;
  }
  return (
    <div className="p-8 text-soft">
      {error && <p role="alert" className="mb-4">{sentence(error)}</p>}
      {error && <Button icon="retry" onClick={() => void refetch()}>Try again</Button>}
    </div>
  );
}

interface ChoiceProps extends Omit<Props, "templateId"> {
  template: Template;
  taken: ReadonlySet<string>;
}

function Choice({ template, taken, onMade, onCancel }: ChoiceProps): ReactElement {
  // Whoever is there already is needed a second time only rarely.
  const [picked, setPicked] = useState<ReadonlySet<string>>(() => missing(template, taken));
  const [model, setModel] = useState({ provider: "", model: "" });
  const [refused, setRefused] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const fields = refused instanceof ApiError ? refused.fields : new Map<string, string>();
  const { agents } = template;
  const isAll = picked.size === agents.length;
  const pick = (key: string): void => {
    const next = new Set(picked);
    if (!next.delete(key)) next.add(key);
    setPicked(next);
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setIsBusy(true);
    setRefused(null);
    try {
      const keys = agents.map(({ key }) => key).filter((key) => picked.has(key));
      onMade(await instantiate(template.id, { agents: keys, provider: asProvider(model.provider), model: model.model.trim() || null }));
    } catch (error) {
      setRefused(error);
      setIsBusy(false);
    }
  };
  return (
    <form noValidate className="mx-auto grid max-w-4xl gap-8 p-4 pb-0 sm:p-8 sm:pb-0" onSubmit={(event) => void submit(event)}>
      <p className="text-soft">{template.description}</p>
      <fieldset aria-labelledby="who-is-needed" className="min-w-0">
        <div className="mb-3 flex flex-wrap items-center justify-between gap-3">
          <h2 id="who-is-needed" className="text-lg font-semibold">Who is needed</h2>
          <Button kind="ghost" size="small" onClick={() => setPicked(new Set(isAll ? [] : agents.map(({ key }) => key)))}>
            {isAll ? "Pick nobody" : "Pick all"}
          </Button>
        </div>
        <ul className="grid gap-3">
          {agents.map((agent) => (
            <li key={agent.key}>
              <Member agent={agent} isPicked={picked.has(agent.key)} isTaken={taken.has(agent.handle)} onPick={() => pick(agent.key)} />
            </li>
          ))}
        </ul>
      </fieldset>
      <section aria-label="What answers for them" className="grid gap-4">
        <h2 className="text-lg font-semibold">What answers for them</h2>
        <ModelFields values={model} set={(change) => setModel({ ...model, ...change })} errorOf={(field) => fields.get(field)} />
      </section>
      <section aria-label="What to ask them" className="text-sm">
        <h2 className="mb-2 text-lg font-semibold">What to ask them</h2>
        <ul className="grid gap-1.5 text-soft">
          {template.starters.map((text) => <li key={text} className="border-l-2 border-line pl-3">{text}</li>)}
        </ul>
      </section>
      <div className="sticky bottom-0 -mx-4 flex flex-wrap items-center gap-3 border-t border-line bg-base/95 px-4 py-3 backdrop-blur sm:mx-0 sm:px-0">
        <Button type="submit" kind="primary" disabled={isBusy || picked.size === 0}>{submitLabel(picked.size, isBusy)}</Button>
        <Button kind="ghost" onClick={onCancel}>Cancel</Button>
        {refused !== null && <p role="alert" className="min-w-0 flex-1 text-sm text-danger">{sentence(refused)}</p>}
      </div>
    </form>
  );
}

function handlesIn(agents: readonly Agent[]): ReadonlySet<string> {
  return new Set(agents.map(({ handle }) => handle));
}

function missing({ agents }: Template, taken: ReadonlySet<string>): ReadonlySet<string> {
  const absent = agents.filter(({ handle }) => !taken.has(handle));
  return new Set((absent.length > 0 ? absent : agents).map(({ key }) => key));
}

function asProvider(name: string): "anthropic" | "openai" | "ollama" | "local" | null {
  return name === "anthropic" || name === "openai" || name === "ollama" || name === "local" ? name : null;
}

function submitLabel(count: number, isBusy: boolean): string {
  if (isBusy) return "Creating…";
  if (count === 0) return "Pick an agent";
  return count === 1 ? "Create 1 agent" : `Create ${count} agents`;
}
