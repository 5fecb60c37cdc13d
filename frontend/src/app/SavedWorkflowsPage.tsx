import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { ApiError, sentence } from "@/api/problem";
import type { Workflow } from "@/api/types";
import { Places } from "@/features/workflows/Places";
import { DeleteSaved } from "@/features/workflows/saved/DeleteSaved";
import { savedQuery } from "@/features/workflows/saved/queries";
import { SavedEditor } from "@/features/workflows/saved/SavedEditor";
import { SavedList } from "@/features/workflows/saved/SavedList";
import { SavedView } from "@/features/workflows/saved/SavedView";
import { UseDialog } from "@/features/workflows/saved/UseDialog";
import { Button, buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { TopBar } from "./TopBar";

/** The plans that are kept to be run again. The address holds what is looked for, and where they are to be used. */
export function SavedWorkflowsPage(): ReactElement {
  const { q = "", channel } = useSearch({ from: "/workflows/saved" });
  const navigate = useNavigate();
  const toRun = useToRun();
  return (
    <>
      <TopBar page="Saved workflows" note="Plans that are kept to be run again" />
      <Places />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <SavedList q={q} channelId={channel} onMade={toRun} onSearch={(words) => void navigate({ to: "/workflows/saved", search: { q: words || undefined, channel }, replace: true })} />
      </div>
    </>
  );
}

type Doing = "use" | "edit" | "delete" | null;

/** One saved workflow, with what starts it by itself. */
export function SavedWorkflowPage(): ReactElement {
  const { savedId } = useParams({ from: "/workflows/saved/$savedId" });
  const { channel } = useSearch({ from: "/workflows/saved/$savedId" });
  const { data: saved, error, refetch } = useQuery(savedQuery(savedId));
  const [doing, setDoing] = useState<Doing>(null);
  const navigate = useNavigate();
  const toRun = useToRun();
  const stop = (): void => setDoing(null);
  const isGone = error instanceof ApiError && error.status === 404;
  return (
    <>
      <TopBar page={saved?.name ?? "Saved workflow"} title={<span className="truncate">{saved?.name ?? "Saved workflow"}</span>} note="Saved workflow">
        <Link to="/workflows/saved" className={buttonLook("ghost")}><Icon name="back" /><span className="sr-only sm:not-sr-only">All saved</span></Link>
      </TopBar>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {error && (
          <div role="alert" className="grid justify-items-center gap-4 p-8 text-center text-soft">
            <p>{isGone ? "This saved workflow isn't there any more." : sentence(error)}</p>
            {isGone && <Link to="/workflows/saved" className="text-cyan underline">Show all saved workflows</Link>}
            {!isGone && <Button icon="retry" onClick={() => void refetch()}>Try again</Button>}
          </div>
        )}
        {!saved && !error && <p role="status" className="p-8 text-center text-faint">Loading the saved workflow…</p>}
        {saved && !isGone && doing !== "edit" && <SavedView saved={saved} onUse={() => setDoing("use")} onEdit={() => setDoing("edit")} onDelete={() => setDoing("delete")} />}
        {saved && doing === "edit" && <SavedEditor saved={saved} onDone={stop} />}
        {saved && doing === "use" && <UseDialog saved={saved} channelId={channel} onClose={stop} onMade={toRun} />}
        {saved && doing === "delete" && <DeleteSaved saved={saved} onClose={stop} onDeleted={() => void navigate({ to: "/workflows/saved" })} />}
      </div>
    </>
  );
}

function useToRun(): (made: Workflow) => void {
  const navigate = useNavigate();
  return ({ id }) => void navigate({ to: "/workflows/$workflowId", params: { workflowId: id } });
}
