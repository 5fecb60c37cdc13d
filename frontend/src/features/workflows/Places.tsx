import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import "./places.css";

/** The pages of workflows: what ran, what is kept to be run again, and who is told. */
export function Places(): ReactElement {
  return (
    <nav aria-label="Pages of workflows" className="wf-places">
      <Link to="/workflows" activeOptions={{ exact: true, includeSearch: false }}>Plans and runs</Link>
      <Link to="/workflows/saved" activeOptions={{ includeSearch: false }}>Saved</Link>
      <Link to="/workflows/webhooks">Webhooks</Link>
    </nav>
  );
}
