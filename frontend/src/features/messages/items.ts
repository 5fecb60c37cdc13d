import type { Message, Place } from "@/api/types";
import type { Outgoing } from "@/realtime/outbox";
import { isBehind, isOwn } from "@/realtime/reads";

const TOGETHER_MS = 5 * 60_000;

/** A row of a conversation. `joins` says that it goes on with what the row above began. */
export type Item =
  | { kind: "beginning"; key: string }
  | { kind: "day"; key: string; date: Date }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; message: Message; joins: boolean }
  | { kind: "outgoing"; key: string; outgoing: Outgoing; joins: boolean };

/** Whether nothing was said yet. */
export function isSilent(items: readonly Item[]): boolean {
  return items.every(({ kind }) => kind === "beginning");
}

interface Content {
  messages: readonly Message[];
  outgoing: readonly Outgoing[];
  /** Whether the first message is the first one ever. */
  isWhole: boolean;
  /** Up to where it was read; behind it stands what is new. */
  divider: Place | null;
}

/** Returns the rows of a conversation, with the days and where the unread ones begin. */
export function itemsOf({ messages, outgoing, isWhole, divider }: Content): Item[] {
  const items: Item[] = isWhole ? [{ kind: "beginning", key: "beginning" }] : [];
  let day = "";
  let above: Message | null = null;
  const firstNew = divider && messages.find((message) => isBehind(message, divider) && !isOwn(message));
  for (const message of messages) {
    const date = new Date(message.created_at);
    const its = date.toDateString();
    if (its !== day) {
      // At the top of what is loaded its place isn't known: it would move away from under the reader.
      if (day !== "" || isWhole) items.push({ kind: "day", key: `day ${its}`, date });
      day = its;
      above = null;
    }
    if (message === firstNew) {
      items.push({ kind: "unread", key: "unread" });
      above = null;
    }
    items.push({ kind: "message", key: message.id, message, joins: above !== null && goesOn(above, message) });
    above = message;
  }
  let joins = above !== null && above.author.kind === "user";
  for (const entry of outgoing) {
    items.push({ kind: "outgoing", key: entry.clientId, outgoing: entry, joins });
    joins = true;
  }
  return items;
}

const LATELY = 20;

/** Returns the last message before any answer that is under way; what is not finished can't be read to its end. */
export function finishedUpTo(messages: readonly Message[]): Message | null {
  const late = messages.slice(-LATELY);
  const at = late.findIndex(({ status }) => status === "streaming");
  return (at === -1 ? late.at(-1) : late[at - 1]) ?? null;
}

function goesOn(above: Message, message: Message): boolean {
  return (
    above.author.kind === message.author.kind &&
    above.author.name === message.author.name &&
    message.author.kind === "user" &&
    Date.parse(message.created_at) - Date.parse(above.created_at) < TOGETHER_MS
  );
}
