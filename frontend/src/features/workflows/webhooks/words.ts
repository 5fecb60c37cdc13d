import type { Delivery, Webhook } from "@/api/types";
import type { Look } from "../words";

export type Ended = Webhook["statuses"][number];

export const ENDINGS: readonly Ended[] = ["completed", "failed", "cancelled"];

/** Returns which endings are told, as a part of a sentence. */
export function endingsWords(statuses: readonly Ended[]): string {
  const told = ENDINGS.filter((one) => statuses.includes(one));
  if (told.length === ENDINGS.length) return "however they end";
  return `when they ${told.map((one) => HOW[one]).join(" or ")}`;
}

const HOW: Readonly<Record<Ended, string>> = { completed: "are completed", failed: "fail", cancelled: "are cancelled" };

export function deliveryLook({ status, attempts }: Pick<Delivery, "status" | "attempts">): Look {
  switch (status) {
    case "delivered": return { word: "Delivered", icon: "check", tone: "green" };
    case "failed": return { word: "Given up", icon: "warning", tone: "danger" };
    case "waiting": return attempts === 0 ? { word: "To be sent", icon: "clock", tone: "cyan" } : { word: "To be tried again", icon: "retry", tone: "orange" };
  }
}

/** Returns what a call told of: `workflow.failed` is “failed”. */
export const eventWord = (event: string): string => event.replace(/^workflow\./, "");
