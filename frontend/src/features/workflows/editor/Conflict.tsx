import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { versionsQuery } from "../queries";
import { moment } from "../words";

interface Props {
  workflow: Workflow;
  /** The version that the edit began with. */
  since: number;
  onTakeTheirs: () => void;
  onApplyMine: () => void;
}

/** Says what others have changed since an edit began, and asks what is to become of the edit. */
export function Conflict({ workflow, since, onTakeTheirs, onApplyMine }: Props): ReactElement {
  const { data = [], error } = useQuery(versionsQuery(workflow.id, workflow.version));
  const newer = data.filter(({ version }) => version > since);
  return (
    <div role="alert" className="wf-decision">
      <p className="flex items-center gap-2 font-medium"><Icon name="warning" className="size-4 text-orange" />The plan was edited while you were editing it</p>
      {error && <p className="text-sm text-danger">{sentence(error)}</p>}
      <ul className="grid gap-1 text-sm text-soft">
        {newer.map(({ version, summary, created_by: by, created_at: at }) => (
          <li key={version} className="wrap-anywhere">Version {version}, {by}, {moment(at)}: {summary}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" onClick={onApplyMine}>Apply mine on top</Button>
        <Button onClick={onTakeTheirs}>Take theirs, drop mine</Button>
      </div>
    </div>
  );
}
