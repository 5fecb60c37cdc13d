import { useQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { SavedWorkflow, Trigger, TriggerWithSecret } from "@/api/types";
import { Button } from "@/ui/Button";
import { Confirm } from "../Confirm";
import { CallSecret } from "./CallSecret";
import { FireDialog } from "./FireDialog";
import { removeTrigger, rotateTrigger, triggersQuery } from "./queries";
import { TriggerDialog } from "./TriggerDialog";
import { TriggerItem, type Asking } from "./TriggerItem";
import "./triggers.css";

type Open = { what: "new" } | { what: Asking; trigger: Trigger } | { what: "secret"; trigger: TriggerWithSecret } | null;

/** What lets a saved workflow run by itself. */
export function Triggers({ saved }: { saved: SavedWorkflow }): ReactElement {
  const { data, error, refetch } = useQuery({ ...triggersQuery(saved.id), enabled: !saved.is_demo });
  const [open, setOpen] = useState<Open>(null);
  const close = (): void => setOpen(null);
  return (
    <section aria-labelledby="saved-triggers" className="grid gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="saved-triggers" className="flex-1 text-lg font-semibold">Triggers</h2>
        {!saved.is_demo && data && data.length > 0 && <Button icon="plus" onClick={() => setOpen({ what: "new" })}>New trigger</Button>}
      </div>
      {saved.is_demo && <p className="text-sm text-soft">This one comes with RezNet AI and stays as it is. To change it, or to let it run by itself, use it once and save its plan under a name of your own.</p>}
      {error && <p role="alert" className="flex flex-wrap items-center gap-3 text-sm text-danger">{sentence(error)} <Button size="small" icon="retry" onClick={() => void refetch()}>Try again</Button></p>}
      {!saved.is_demo && !data && !error && <p role="status" className="text-sm text-faint">Loading the triggers…</p>}
      {data?.length === 0 && (
        <div className="grid justify-items-start gap-3">
          <p className="text-sm text-soft">It runs when somebody uses it. A trigger runs it by itself: at set times, when a certain message is written, or when another program calls.</p>
          <Button icon="plus" onClick={() => setOpen({ what: "new" })}>New trigger</Button>
        </div>
      )}
      <ul aria-label="Triggers" className="grid gap-2.5">
        {data?.map((trigger) => <TriggerItem key={trigger.id} trigger={trigger} onAsk={(what) => setOpen({ what, trigger })} />)}
      </ul>
      <Opened saved={saved} open={open} onShow={setOpen} onClose={close} />
    </section>
  );
}

interface OpenedProps {
  saved: SavedWorkflow;
  open: Open;
  onShow: (open: Open) => void;
  onClose: () => void;
}

function Opened({ saved, open, onShow, onClose }: OpenedProps): ReactElement | null {
  const reveal = (trigger: TriggerWithSecret): void => onShow({ what: "secret", trigger });
  switch (open?.what) {
    case undefined: return null;
    case "new": return <TriggerDialog saved={saved} trigger={null} onClose={onClose} onMade={(made) => (made.secret ? reveal(made) : onClose())} />;
    case "edit": return <TriggerDialog saved={saved} trigger={open.trigger} onClose={onClose} onMade={onClose} />;
    case "fire": return <FireDialog saved={saved} trigger={open.trigger} onClose={onClose} />;
    case "secret": return <CallSecret trigger={open.trigger} parameters={saved.parameters} onClose={onClose} />;
    case "delete":
      return (
        <Confirm title="Delete this trigger?" description="It fires no more, and what is known of its firings goes. The workflows that it has made stay." yes="Delete" icon="trash" onClose={onClose}
          act={() => removeTrigger(open.trigger.id)} />
      );
    case "rotate":
      return (
        <Confirm title="Make a new secret?" description="Calls that are signed with the old one are refused from then on. You see the new one once." yes="Make a new one" icon="retry" onClose={onClose}
          act={async () => reveal(await rotateTrigger(open.trigger.id))} isClosing={false} />
      );
  }
}
