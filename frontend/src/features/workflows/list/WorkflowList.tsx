import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useChannels } from "@/api/hooks";
import { sentence } from "@/api/problem";
import type { WorkflowSummary } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { Icon } from "@/ui/Icon";
import { MoreButton } from "@/ui/MoreButton";
import { useSettled } from "@/ui/useSettled";
import { listWorkflows, type Wanted } from "../queries";
import { StaleNote } from "../StaleNote";
import { WorkflowStatus } from "../Status";
import { counted, moment, STATUS_WORDS } from "../words";
import "../workflows.css";
import "./list.css";

const BONES = ["first", "second", "third"];

interface Props {
  wanted: Wanted;
  onChange: (wanted: Wanted) => void;
}

/** All workflows, newest first, narrowed down by words, status and channel. */
export function WorkflowList({ wanted, onChange }: Props): ReactElement {
  const asked = { ...wanted, q: useSettled(wanted.q) };
  const query = useInfiniteQuery({
    queryKey: ["workflows", "list", asked],
    queryFn: ({ pageParam, signal }) => listWorkflows(asked, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
  const rows = (query.data?.pages ?? []).flatMap((page) => page.rows);
  const isNarrowed = wanted.q.trim() !== "" || wanted.status !== "" || wanted.channelId !== "";
  return (
    <div className="mx-auto grid max-w-4xl content-start gap-4 p-4 sm:p-6">
      <Filters wanted={wanted} onChange={onChange} />
      <StaleNote />
      <p role="status" className="text-sm text-faint">{query.isLoading || rows.length === 0 ? "" : `${query.hasNextPage ? "The last " : ""}${counted(rows.length, "workflow")}, the newest first`}</p>
      {query.error && (
        <div role="alert" className="grid justify-items-start gap-3">
          <p className="text-danger">{sentence(query.error)}</p>
          <Button icon="retry" onClick={() => void query.refetch()}>Try again</Button>
        </div>
      )}
      {query.isLoading && <div role="status" aria-label="Loading the workflows" className="grid gap-2">{BONES.map((bone) => <div key={bone} className="wf-bone" />)}</div>}
      {query.isSuccess && rows.length === 0 && <Nothing isNarrowed={isNarrowed} onClear={() => onChange({ q: "", status: "", channelId: "" })} />}
      <ul aria-label="Workflows" aria-busy={query.isPlaceholderData} className="grid gap-2">
        {rows.map((workflow) => <li key={workflow.id}><Row workflow={workflow} /></li>)}
      </ul>
      {query.hasNextPage && (
        <div className="text-center"><MoreButton isLoading={query.isFetchingNextPage} onMore={() => void query.fetchNextPage()} /></div>
      )}
    </div>
  );
}

function Row({ workflow }: { workflow: WorkflowSummary }): ReactElement {
  const channel = useChannels().find(({ id }) => id === workflow.channel_id);
  const { progress, title, created_by: by, created_at: at } = workflow;
  const place = channel === undefined ? "an archived channel" : `${channel.kind === "channel" ? "#" : ""}${channel.name}`;
  return (
    <Link to="/workflows/$workflowId" params={{ workflowId: workflow.id }} className="wf-row">
      <span className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
        <span className="min-w-0 font-medium wrap-anywhere">{title}</span>
        <WorkflowStatus workflow={workflow} />
      </span>
      <span className="text-xs text-faint wrap-anywhere">
        {progress.total > 0 && `${progress.completed} of ${counted(progress.total, "task")} completed · `}{place} · {by}, {moment(at)}
      </span>
      {progress.total > 0 && workflow.started_at !== null && <span aria-hidden="true" className="wf-bar"><span className="wf-bar-part" style={{ width: `${progress.percent}%` }} /></span>}
    </Link>
  );
}

function Filters({ wanted, onChange }: Props): ReactElement {
  const channels = useChannels();
  return (
    <fieldset className="wf-filters">
      <legend className="sr-only">Narrow down</legend>
      <Field label="Words in the title or request">
        {(wiring) => <input {...wiring} type="search" maxLength={200} className="field h-10" value={wanted.q} onChange={(event) => onChange({ ...wanted, q: event.target.value })} />}
      </Field>
      <Field label="Status">
        {(wiring) => (
          <select {...wiring} className="field h-10" value={wanted.status} onChange={(event) => onChange({ ...wanted, status: event.target.value as Wanted["status"] })}>
            <option value="">All</option>
            {Object.entries(STATUS_WORDS).map(([status, word]) => <option key={status} value={status}>{word}</option>)}
          </select>
        )}
      </Field>
      <Field label="Channel">
        {(wiring) => (
          <select {...wiring} className="field h-10" value={wanted.channelId} onChange={(event) => onChange({ ...wanted, channelId: event.target.value })}>
            <option value="">All</option>
            {channels.map(({ id, kind, name }) => <option key={id} value={id}>{kind === "channel" ? `#${name}` : name}</option>)}
          </select>
        )}
      </Field>
    </fieldset>
  );
}

function Nothing({ isNarrowed, onClear }: { isNarrowed: boolean; onClear: () => void }): ReactElement {
  if (isNarrowed) {
    return (
      <div className="grid justify-items-center gap-3 py-10 text-center text-soft">
        <p>No workflow fits.</p>
        <Button onClick={onClear}>Show all of them</Button>
      </div>
    );
  }
  return (
    <div className="mx-auto grid max-w-lg justify-items-center gap-3 py-10 text-center text-soft">
      <Icon name="workflow" className="size-8 text-faint" />
      <p>No workflow yet. Write <kbd>/plan</kbd> and what is to be done in any channel, and a plan of tasks for your agents appears there.</p>
    </div>
  );
}
