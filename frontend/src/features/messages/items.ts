import type { Message } from "@/api/types";
import type { Outgoing } from "@/realtime/outbox";

const TOGETHER_MS = 5 * 60_000;

/** A row of a conversation. `joins` says that it goes on with what the row above began. */
export type Item =
  | { kind: "beginning"; key: string }
  | { kind: "day"; key: string; date: Date }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; message: Message; joins: boolean }
  | { kind: "outgoing"; key: string; outgoing: Outgoing; joins: boolean };

interface Content {
  messages: readonly Message[];
  outgoing: readonly Outgoing[];
  /** Whether the first message is the first one ever. */
  isWhole: boolean;
  /** The last message read before the conversation was opened. */
  lastRead: string | null;
}

/** Returns the rows of a conversation, with the days and where the unread ones begin. */
export function itemsOf({ messages, outgoing, isWhole, lastRead }: Content): Item[] {
  const items: Item[] = isWhole ? [{ kind: "beginning", key: "beginning" }] : [];
  let day = "";
  let above: Message | null = null;
  for (const message of messages) {
    const date = new Date(message.created_at);
    const its = date.toDateString();
    if (its !== day) {
      items.push({ kind: "day", key: `day ${its}`, date });
      day = its;
      above = null;
    }
    items.push({ kind: "message", key: message.id, message, joins: above !== null && goesOn(above, message) });
    above = message;
    if (message.id === lastRead && message !== messages.at(-1)) {
      items.push({ kind: "unread", key: "unread" });
      above = null;
    }
  }
  let joins = above !== null && above.author.kind === "user";
  for (const entry of outgoing) {
    items.push({ kind: "outgoing", key: entry.clientId, outgoing: entry, joins });
    joins = true;
  }
  return items;
}

function goesOn(above: Message, message: Message): boolean {
  return (
    above.author.kind === message.author.kind &&
    above.author.name === message.author.name &&
    message.author.kind === "user" &&
    Date.parse(message.created_at) - Date.parse(above.created_at) < TOGETHER_MS
  );
}
