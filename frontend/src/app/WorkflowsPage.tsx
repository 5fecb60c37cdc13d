import type { ReactElement } from "react";

export function WorkflowsPage(): ReactElement {
  return <p />;
}
