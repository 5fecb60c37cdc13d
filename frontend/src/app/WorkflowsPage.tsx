import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { ImportPlan } from "@/features/workflows/list/ImportPlan";
import { WorkflowList } from "@/features/workflows/list/WorkflowList";
import { Places } from "@/features/workflows/Places";
import { asStatus } from "@/features/workflows/words";
import { Button } from "@/ui/Button";
import { TopBar } from "./TopBar";

/** All plans and their runs. The address holds what they are narrowed down to. */
export function WorkflowsPage(): ReactElement {
  const { q = "", status, channel = "" } = useSearch({ from: "/workflows" });
  const [isImporting, setIsImporting] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      <TopBar page="Workflows" note="Plans of tasks, and how far they are">
        <Button kind="ghost" icon="upload" onClick={() => setIsImporting(true)}><span className="sr-only sm:not-sr-only">Import</span></Button>
      </TopBar>
      <Places />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <WorkflowList
          wanted={{ q, status: asStatus(status), channelId: channel }}
          onChange={(wanted) =>
            void navigate({
              to: "/workflows",
              search: { q: wanted.q || undefined, status: wanted.status || undefined, channel: wanted.channelId || undefined },
              replace: true,
            })
          }
        />
      </div>
      {isImporting && <ImportPlan channelId={channel || undefined} onClose={() => setIsImporting(false)} onMade={({ id }) => void navigate({ to: "/workflows/$workflowId", params: { workflowId: id } })} />}
    </>
  );
}
