import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { Firing } from "@/api/types";
import { Log } from "../log/Log";
import { Badge } from "../Status";
import { moment } from "../words";
import { firingsQuery } from "./queries";
import { causeOf, firingLook } from "./words";

/** What came of a trigger. */
export function Firings({ triggerId }: { triggerId: string }): ReactElement {
  return (
    <Log label="What came of it" query={firingsQuery(triggerId)} none="It has not fired in the last 30 days.">
      {(firing) => <Row firing={firing} />}
    </Log>
  );
}

function Row({ firing }: { firing: Firing }): ReactElement {
  const { workflow_id: workflowId, error, status, parameters, created_at: at } = firing;
  const given = Object.entries(parameters).map(([name, value]) => `${name}: ${value}`).join(" · ");
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Badge look={firingLook(firing)} />
        <span className="text-faint">{causeOf(firing)} · {moment(at)}</span>
        {workflowId && <Link to="/workflows/$workflowId" params={{ workflowId }} className="text-cyan hover:underline">Open the workflow<span className="sr-only"> of {moment(at)}</span></Link>}
        {status === "started" && !workflowId && <span className="text-faint">The workflow was deleted since.</span>}
      </div>
      {status === "skipped" && <p className="text-soft">Nothing ran at that time, and what is missed is left out.</p>}
      {error && <p className="text-danger wrap-anywhere">{error.message}</p>}
      {given !== "" && <p className="line-clamp-2 text-soft wrap-anywhere">{given}</p>}
    </>
  );
}
