import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { SavedWorkflow, Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { counted, moment } from "../words";
import { madeOf, recentQuery, savedListQuery } from "./queries";
import { UseDialog } from "./UseDialog";
import "../workflows.css";
import "../list/list.css";
import "./saved.css";

const MANY = 8;

interface Props {
  q: string;
  /** Where they are used, if that is chosen already. */
  channelId: string | undefined;
  onSearch: (q: string) => void;
  onMade: (workflow: Workflow) => void;
}

/** Every saved workflow, the newest first, then the demos. */
export function SavedList({ q, channelId, onSearch, onMade }: Props): ReactElement {
  const { data, error, isLoading, refetch } = useQuery(savedListQuery);
  const [used, setUsed] = useState<SavedWorkflow | null>(null);
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = (data ?? []).filter(({ name, description }) => words.every((word) => `${name} ${description}`.toLowerCase().includes(word)));
  const hasOwn = data?.some(({ is_demo: isDemo }) => !isDemo) ?? true;
  return (
    <div className="mx-auto grid max-w-4xl content-start gap-4 p-4 sm:p-6">
      {(q !== "" || (data?.length ?? 0) > MANY) && (
        <Field label="Words in the name or description">
          {(wiring) => <input {...wiring} type="search" className="field h-10" maxLength={200} value={q} onChange={(event) => onSearch(event.target.value)} />}
        </Field>
      )}
      {error && (
        <div role="alert" className="grid justify-items-start gap-3">
          <p className="text-danger">{sentence(error)}</p>
          <Button icon="retry" onClick={() => void refetch()}>Try again</Button>
        </div>
      )}
      {isLoading && <div role="status" aria-label="Loading the saved workflows" className="grid gap-2"><div className="wf-bone" /><div className="wf-bone" /></div>}
      {!hasOwn && q === "" && <Nothing />}
      {data && shown.length === 0 && <p className="py-6 text-center text-soft">No saved workflow is called that.</p>}
      <ul aria-label="Saved workflows" className="grid gap-2.5">
        {shown.map((saved) => <Row key={saved.id} saved={saved} channelId={channelId} onUse={() => setUsed(saved)} />)}
      </ul>
      {used && <UseDialog saved={used} channelId={channelId} onClose={() => setUsed(null)} onMade={onMade} />}
    </div>
  );
}

function Row({ saved, channelId, onUse }: { saved: SavedWorkflow; channelId: string | undefined; onUse: () => void }): ReactElement {
  const { id, name, description, tasks, parameters, is_demo: isDemo } = saved;
  const [last] = madeOf(useQuery(recentQuery).data, id);
  return (
    <li className="saved">
      <div className="min-w-0 flex-1 basis-56">
        <h2 className="flex flex-wrap items-baseline gap-x-2.5 font-semibold">
          <Link to="/workflows/saved/$savedId" params={{ savedId: id }} search={{ channel: channelId }} className="rounded wrap-anywhere hover:underline">{name}</Link>
          {isDemo && <span className="text-xs font-normal text-faint">comes with RezNet AI</span>}
        </h2>
        {description !== "" && <p className="mt-0.5 text-sm text-soft wrap-anywhere">{description}</p>}
        <p className="mt-1.5 text-xs text-faint wrap-anywhere">
          {counted(tasks.length, "task")}
          {parameters.length > 0 && ` · asks for ${parameters.map((one) => one.name).join(", ")}`}
          {last && ` · last used ${moment(last.created_at)}`}
        </p>
      </div>
      <Button icon="play" aria-label={`Use ${name}`} onClick={onUse}>Use</Button>
    </li>
  );
}

function Nothing(): ReactElement {
  return (
    <p className="text-soft">
      A plan that you need again and again can be saved, and run with one click, with other words in it each time, or all by itself at set times.
      Open a workflow and choose <strong className="font-semibold text-text">Save as…</strong>, or try one of these, which come with RezNet AI.
    </p>
  );
}
