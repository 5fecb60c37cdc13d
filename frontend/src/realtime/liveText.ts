import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import type { Message } from "@/api/types";
import type { MessageDelta } from "./events";

const FLUSH_MS = 50;

export interface LiveText {
  attempt: number;
  /** Code points of `text`. */
  length: number;
  text: string;
}

type Texts = Readonly<Record<string, LiveText>>;
export type Applied = "added" | "known" | "stale" | "gap";

/**
 * The text so far of answers that stream, outside of the lists of messages.
 *
 * Pieces are taken at once and shown together every 50 ms; the first piece of an answer is shown at once.
 */
export class LiveTextStore {
  readonly shown = createStore<Texts>(() => ({}));
  private readonly texts = new Map<string, LiveText>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  /** Adds a piece. At a gap nothing is added: the message has to be loaded anew. */
  add(delta: MessageDelta): Applied {
    const known = this.texts.get(delta.message_id) ?? { attempt: 0, length: 0, text: "" };
    if (delta.attempt < known.attempt) return "stale";
    const base = delta.attempt > known.attempt ? { attempt: delta.attempt, length: 0, text: "" } : known;
    if (delta.offset > base.length) return "gap";
    const piece = fromCodePoint(delta.text, base.length - delta.offset);
    if (piece === "" && base === known) return "known";
    this.set(delta.message_id, {
      attempt: base.attempt,
      length: base.length + codePoints(piece),
      text: base.text + piece,
    });
    return "added";
  }

  /** Takes over what a message holds, unless more of it is known already; forgets an answer that ended. */
  take(message: Pick<Message, "id" | "attempt" | "status" | "content">): void {
    if (message.status !== "streaming") {
      this.forget(message.id);
      return;
    }
    const known = this.texts.get(message.id);
    if (known !== undefined && known.attempt > message.attempt) return;
    const length = codePoints(message.content);
    if (known?.attempt === message.attempt && known.length >= length) return;
    this.set(message.id, { attempt: message.attempt, length, text: message.content });
  }

  forget(messageId: string): void {
    if (this.texts.delete(messageId)) this.flush();
  }

  private set(messageId: string, text: LiveText): void {
    const shown = this.shown.getState()[messageId];
    this.texts.set(messageId, text);
    if (shown === undefined || shown.text === "" || shown.attempt !== text.attempt) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  private flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.shown.setState(Object.fromEntries(this.texts), true);
  }
}

export const liveTexts = new LiveTextStore();

/** Returns the text so far of a message that streams, undefined when none is known. */
export function useLiveText(messageId: string): LiveText | undefined {
  return useStore(liveTexts.shown, (texts) => texts[messageId]);
}

export function codePoints(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index += 1) {
    if (isLow(text.charCodeAt(index)) && isHigh(text.charCodeAt(index - 1))) count -= 1;
  }
  return count;
}

/** Returns the text without its first `skip` code points. */
export function fromCodePoint(text: string, skip: number): string {
  let index = 0;
  for (let left = skip; left > 0 && index < text.length; left -= 1) {
    index += isHigh(text.charCodeAt(index)) && isLow(text.charCodeAt(index + 1)) ? 2 : 1;
  }
  return text.slice(index);
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
