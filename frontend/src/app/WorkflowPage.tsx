import type { ReactElement } from "react";

export function WorkflowPage(): ReactElement {
  return <p />;
}
