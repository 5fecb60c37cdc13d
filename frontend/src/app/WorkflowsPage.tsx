import { useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { WorkflowList } from "@/features/workflows/list/WorkflowList";
import { Places } from "@/features/workflows/Places";
import { asStatus } from "@/features/workflows/words";
import { TopBar } from "./TopBar";

/** All plans and their runs. The address holds what they are narrowed down to. */
export function WorkflowsPage(): ReactElement {
  const { q = "", status, channel = "" } = useSearch({ from: "/workflows" });
  const navigate = useNavigate();
  return (
    <>
      <TopBar page="Workflows" note="Plans of tasks, and how far they are" />
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
    </>
  );
}
