import { useEffect, useRef, useState } from "react";
import type { components } from "@/api/generated/events";
import { ApiError, sentence } from "@/api/problem";
import { postForEvents } from "@/api/sse";
import type { AgentTry, Problem } from "@/api/types";

export type TrialDone = components["schemas"]["TrialDone"];
type TrialDelta = components["schemas"]["TrialDelta"];

/** What was said while trying. An answer is writing until it is done, was stopped or has failed. */
export interface Turn {
  author: "user" | "agent";
  content: string;
  state: "writing" | "done" | "stopped" | "failed";
  error?: string;
  done?: TrialDone;
}

/** The agent as it stands in the form. */
export type Form = Omit<AgentTry, "messages">;

export interface Trial {
  turns: readonly Turn[];
  isAnswering: boolean;
  ask: (content: string, form: Form) => void;
  /** Asks the last question again, in place of its answer. */
  retry: (form: Form) => void;
  stop: () => void;
  reset: () => void;
}

const FLUSH_MS = 50;
// Enough to go on from; the whole request has to stay within the server's limits.
const KEPT_TURNS = 20;
const KEPT_CHARS = 10_000;

/** A conversation with an agent that isn't saved. It lives as long as its pane. */
export function useTrial(): Trial {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const begin = (before: readonly Turn[], form: Form): void => {
    const control = (running.current = new AbortController());
    const show = (answer: Turn): void => {
      if (running.current === control) setTurns([...before, answer]);
    };
    show({ ...said("agent", ""), state: "writing" });
    void answerTo({ ...form, messages: messagesOf(before) }, control.signal, show);
  };
  return {
    turns,
    isAnswering: turns.at(-1)?.state === "writing",
    ask: (content, form) => begin([...turns, said("user", content)], form),
    retry: (form) => begin(turns.slice(0, -1), form),
    stop: () => running.current?.abort(),
    reset: () => {
      running.current?.abort();
      running.current = null;
      setTurns([]);
    },
  };
}

/** Asks, and shows the answer as it grows, a few times a second; the last thing shown is how it ended. */
async function answerTo(request: AgentTry, signal: AbortSignal, show: (answer: Turn) => void): Promise<void> {
  const turn: Turn = { ...said("agent", ""), state: "writing" };
  let attempt = 1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): void => {
    timer = undefined;
    show({ ...turn });
  };
  try {
    for await (const { name, data } of postForEvents("/api/agents/try", request, signal)) {
      if (name === "delta") {
        const delta = data as TrialDelta;
        turn.content = (delta.attempt === attempt ? turn.content : "") + delta.text;
        attempt = delta.attempt;
        timer ??= setTimeout(flush, FLUSH_MS);
      } else if (name === "done") {
        turn.done = data as TrialDone;
        turn.state = turn.done.finish === "cancelled" ? "stopped" : "done"; // the server stops
      } else if (name === "error") throw new ApiError(data as Problem);
    }
    if (turn.state === "writing") throw new Error("The connection broke off before the end of the answer. Try again.");
  } catch (error) {
    turn.state = signal.aborted ? "stopped" : "failed";
    if (!signal.aborted) turn.error = sentence(error);
  }
  clearTimeout(timer);
  show(turn);
}

function said(author: Turn["author"], content: string): Turn {
  return { author, content, state: "done" };
}

function messagesOf(turns: readonly Turn[]): AgentTry["messages"] {
  return turns
    .filter(({ content }) => content.trim() !== "")
    .slice(-KEPT_TURNS)
    .map(({ author, content }) => ({ author, content: author === "user" ? content : content.slice(0, KEPT_CHARS) }));
}
