import { useQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { useAgents } from "@/api/hooks";
import { sentence } from "@/api/problem";
import { Button, IconButton } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { notify } from "@/ui/toast";
import { grant, grantsQuery, revoke } from "./sharing";

/** Which agents may read a collection, and which of them may add to it. */
export function Grants({ collectionId }: { collectionId: string }): ReactElement {
  const { data, error } = useQuery(grantsQuery(collectionId));
  const agents = useAgents();
  const [chosen, setChosen] = useState("");
  const granted = new Set((data ?? []).map(({ agent_id: id }) => id));
  const others = agents.filter(({ id }) => !granted.has(id));
  return (
    <section aria-labelledby="grants-title" className="grid gap-3">
      <h2 id="grants-title" className="text-lg font-semibold">Who may read it</h2>
      {error && <p role="alert" className="text-danger">{sentence(error)}</p>}
      {data?.length === 0 && <p className="text-sm text-soft">No agent reads it yet.</p>}
      {data && data.length > 0 && (
        <ul aria-label="Agents that may read it" className="divide-y divide-line overflow-hidden rounded-xl border border-line">
          {data.map(({ agent_id: id, name, handle, can_write: canWrite }) => (
            <li key={id} className="flex flex-wrap items-center gap-3 px-4 py-2">
              <span className="min-w-0 flex-1 truncate">{name} <span className="text-sm text-faint">@{handle}</span></span>
              <label className="flex items-center gap-2 text-sm text-soft">
                <input
                  type="checkbox"
                  aria-label={`May add to it, ${name}`}
                  className="accent-cyan"
                  checked={canWrite}
                  onChange={(event) => attempt(grant(collectionId, id, event.target.checked))}
                />
                May add to it
              </label>
              <IconButton icon="close" label={`Take ${name} off`} onClick={() => attempt(revoke(collectionId, id))} />
            </li>
          ))}
        </ul>
      )}
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          attempt(grant(collectionId, chosen, false));
          setChosen("");
        }}
      >
        <Field label="Let an agent read it" className="min-w-56 flex-1 sm:max-w-sm">
          {(wiring) => (
            <select {...wiring} className="field h-10" value={chosen} onChange={(event) => setChosen(event.target.value)}>
              <option value="">Choose an agent</option>
              {others.map(({ id, name, handle }) => <option key={id} value={id}>{name} (@{handle})</option>)}
            </select>
          )}
        </Field>
        <Button type="submit" icon="plus" disabled={chosen === ""}>Add</Button>
      </form>
    </section>
  );
}

function attempt(act: Promise<void>): void {
  act.catch((refusal: unknown) => notify(sentence(refusal)));
}
