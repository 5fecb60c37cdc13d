import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { useChannels } from "@/api/hooks";
import { ApiError, sentence } from "@/api/problem";
import type { Workflow } from "@/api/types";
import { DeleteWorkflow } from "@/features/workflows/DeleteWorkflow";
import { tabOf, WorkflowView } from "@/features/workflows/page/WorkflowView";
import { useWorkflow } from "@/features/workflows/queries";
import { SaveDialog } from "@/features/workflows/saved/SaveDialog";
import { isOver } from "@/features/workflows/words";
import { Button, buttonLook, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { TopBar } from "./TopBar";

/** One workflow. The address holds the view and the task whose details are shown. */
export function WorkflowPage(): ReactElement {
  const { workflowId } = useParams({ from: "/workflows/$workflowId" });
  const { tab, task } = useSearch({ from: "/workflows/$workflowId" });
  const { workflow, error, retry } = useWorkflow(workflowId);
  const [isSaving, setIsSaving] = useState(false);
  const navigate = useNavigate();
  const toRun = (made: Workflow): void => void navigate({ to: "/workflows/$workflowId", params: { workflowId: made.id } });
  const isGone = error instanceof ApiError && error.status === 404;
  if (workflow && !isGone) {
    return (
      <>
        <Head workflow={workflow} />
        <WorkflowView
          key={workflow.id}
          workflow={workflow}
          tab={tabOf(tab)}
          chosen={task}
          onChoose={(key) => void navigate({ to: "/workflows/$workflowId", params: { workflowId }, search: { tab, task: key }, replace: true })}
          onRerun={toRun}
          onSaveAs={() => setIsSaving(true)}
        />
        {isSaving && <SaveDialog workflow={workflow} onClose={() => setIsSaving(false)} onSaved={({ id }) => void navigate({ to: "/workflows/saved/$savedId", params: { savedId: id } })} />}
      </>
    );
  }
  return (
    <>
      <TopBar page="Workflow" />
      {error ? (
        <div role="alert" className="grid flex-1 place-content-center justify-items-center gap-4 p-8 text-center text-soft">
          <p>{isGone ? "This workflow isn't there any more." : sentence(error)}</p>
          {isGone ? <Link to="/workflows" className="text-cyan underline">Show all workflows</Link> : <Button icon="retry" onClick={retry}>Try again</Button>}
        </div>
      ) : (
        <p role="status" className="grid flex-1 place-content-center text-faint">Loading the workflow…</p>
      )}
    </>
  );
}

function Head({ workflow }: { workflow: Workflow }): ReactElement {
  const { id, title, channel_id: channelId, message_id: card } = workflow;
  const channel = useChannels().find((one) => one.id === channelId);
  const [isAsking, setIsAsking] = useState(false);
  const navigate = useNavigate();
  return (
    <TopBar page={title} title={<span className="truncate">{title}</span>}>
      {card && (
        <Link to="/c/$channelId" params={{ channelId }} search={{ m: card }} className={buttonLook("ghost")}>
          <Icon name="thread" /><span className="sr-only sm:not-sr-only"><span className="block max-w-44 truncate">{channel?.kind === "channel" ? `In #${channel.name}` : "In the channel"}</span></span>
        </Link>
      )}
      <Link to="/workflows" className={buttonLook("ghost")}><Icon name="workflow" /><span className="sr-only lg:not-sr-only">All workflows</span></Link>
      {workflow.tasks.length > 0 && <a href={`/api/workflows/${id}/export`} download className={buttonLook("ghost")}><Icon name="download" /><span className="sr-only lg:not-sr-only">Export</span></a>}
      {(isOver(workflow) || workflow.status === "ready") && <IconButton icon="trash" label="Delete this workflow" onClick={() => setIsAsking(true)} />}
      {isAsking && <DeleteWorkflow workflow={workflow} onClose={() => setIsAsking(false)} onDeleted={() => void navigate({ to: "/workflows" })} />}
    </TopBar>
  );
}
