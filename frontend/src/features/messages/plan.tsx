import { Component, createContext, Suspense, use, type ReactElement, type ReactNode } from "react";
import type { Message } from "@/api/types";

/** Shows the plan that a message stands for. The page brings it, since it belongs to another part. */
export const ShowPlan = createContext<((workflowId: string, otherwise: ReactNode) => ReactNode) | null>(null);

/** Shows the plan that a message stands for, and its text where it stands for none or can't be shown as more. */
export function PlanOr({ message, children }: { message: Message; children: ReactNode }): ReactElement {
  const show = use(ShowPlan);
  const { workflow_id: id } = message.metadata;
  if (show === null || typeof id !== "string" || message.status === "streaming") return <>{children}</>;
  return (
    <TextInstead text={children}>
      <Suspense fallback={children}>{show(id, children)}</Suspense>
    </TextInstead>
  );
}

/** Shows the text where what should stand in its place can't be loaded or breaks. */
class TextInstead extends Component<{ text: ReactNode; children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    return this.state.isBroken ? this.props.text : this.props.children;
  }
}
