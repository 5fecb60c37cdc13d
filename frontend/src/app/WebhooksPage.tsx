import { useState, type ReactElement } from "react";
import { Places } from "@/features/workflows/Places";
import { Webhooks } from "@/features/workflows/webhooks/Webhooks";
import { Button } from "@/ui/Button";
import { TopBar } from "./TopBar";

/** Which other programs are told how workflows end. */
export function WebhooksPage(): ReactElement {
  const [isNew, setIsNew] = useState(false);
  return (
    <>
      <TopBar page="Webhooks" note="Who is told how workflows end">
        <Button kind="primary" icon="plus" onClick={() => setIsNew(true)}>New webhook</Button>
      </TopBar>
      <Places />
      <div className="min-h-0 flex-1 overflow-y-auto"><Webhooks isNew={isNew} onNew={setIsNew} /></div>
    </>
  );
}
