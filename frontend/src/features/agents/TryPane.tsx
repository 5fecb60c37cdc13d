import { useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement } from "react";
import { Button, IconButton } from "@/ui/Button";
import { readable } from "@/ui/color";
import { Icon } from "@/ui/Icon";
import { Sentence } from "@/ui/Sentence";
import { Markdown } from "@/ui/markdown/Markdown";
import { Measures } from "@/ui/Measures";
import { useTrial, type Form, type TrialDone, type Turn } from "./trial";

interface Props {
  name: string;
  color: string;
  /** Returns the agent as it stands in the form; null when the form has to be mended first, which it then shows. */
  form: () => Form | null;
}

/** Where an agent is asked before it is saved. */
export function TryPane({ name, color, form }: Props): ReactElement {
  const trial = useTrial();
  const [text, setText] = useState("");
  const [isHeldBack, setIsHeldBack] = useState(false);
  const log = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [trial.turns]); // oxlint-disable-line react/exhaustive-effect-dependencies -- the log grows with its turns

  const formNow = (): Form | null => {
    const now = form();
    setIsHeldBack(now === null);
    return now;
  };
  const ask = (): void => {
    if (text.trim() === "" || trial.isAnswering) return;
    const now = formNow();
    if (now === null) return;
    trial.ask(text, now);
    setText("");
  };
  const retry = (): void => {
    const now = formNow();
    if (now !== null) trial.retry(now);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    ask();
  };
  return (
    <section aria-label="Try it" className="flex min-h-0 flex-1 flex-col rounded-2xl border border-line bg-panel">
      <header className="flex items-center gap-2 border-b border-line py-2 pr-2 pl-4">
        <h2 className="font-semibold">Try it</h2>
        <Button kind="ghost" size="small" icon="retry" className="ml-auto" disabled={trial.turns.length === 0} onClick={trial.reset}>
          Start over
        </Button>
      </header>
      <div
        ref={log}
        role="log"
        aria-label="What was said"
        aria-live="off"
        aria-busy={trial.isAnswering}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by keyboard
        tabIndex={0}
        className="max-h-[60dvh] min-h-40 flex-1 space-y-4 overflow-y-auto p-4 xl:max-h-none"
      >
        {trial.turns.length === 0 && (
          <p className="text-sm text-soft">Ask {name || "the agent"} as it stands in the form. Nothing is saved, and nobody else sees it.</p>
        )}
        {trial.turns.map((turn, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- turns are only added
          <TurnView key={index} turn={turn} name={name || "The agent"} color={color} onRetry={index === trial.turns.length - 1 ? retry : undefined} />
        ))}
      </div>
      <p role="status" className="sr-only">{announcement(trial.turns.at(-1), name || "The agent")}</p>
      <div className="border-t border-line p-3">
        {isHeldBack && <p role="alert" className="pb-2 text-sm text-danger">Mend the marked fields of the form first.</p>}
        <div className="flex items-end gap-1 rounded-xl border border-line bg-raised py-1 pr-1 pl-3 focus-within:border-cyan">
          <textarea
            rows={2}
            value={text}
            aria-label={`Ask ${name || "the agent"}`}
            placeholder="Ask something"
            className="max-h-40 min-h-9 flex-1 resize-none bg-transparent py-1.5 leading-6 outline-none"
            onChange={(event) => setText(event.target.value)}
            onKeyDown={onKeyDown}
          />
          {trial.isAnswering ? (
            <IconButton icon="stop" label="Stop" size="size-9" className="bg-hover" onClick={trial.stop} />
          ) : (
            <IconButton icon="send" label="Ask" size="size-9" disabled={text.trim() === ""} onClick={ask} />
          )}
        </div>
      </div>
    </section>
  );
}

interface TurnProps {
  turn: Turn;
  name: string;
  color: string;
  onRetry: (() => void) | undefined;
}

function TurnView({ turn, name, color, onRetry }: TurnProps): ReactElement {
  const isUser = turn.author === "user";
  return (
    <article aria-label={isUser ? "You" : name}>
      <p className="mb-0.5 text-xs font-semibold text-faint" style={isUser ? undefined : { color: readable(color) }}>{isUser ? "You" : name}</p>
      {turn.state === "writing" && turn.content === "" ? (
        <p className="flex h-6 items-center text-faint"><span className="sr-only">Thinking</span><span aria-hidden="true" className="dots" /></p>
      ) : (
        <div className={turn.state === "writing" ? "is-live" : ""}><Markdown text={turn.content} isLive={turn.state === "writing"} /></div>
      )}
      {turn.done && <div className="mt-1"><Account done={turn.done} /></div>}
      {turn.state === "stopped" && <p className="mt-1 flex items-center gap-2 text-sm text-faint"><Icon name="stop" className="size-3.5" /> Stopped</p>}
      {turn.error && (
        <div role="alert" className="mt-1.5 flex flex-wrap items-center gap-2 rounded-lg border border-danger/40 bg-danger/10 py-2 pr-2 pl-3 text-sm">
          <p className="min-w-0 flex-1 basis-40 wrap-anywhere"><Sentence text={turn.error} /></p>
          {onRetry && <Button icon="retry" size="small" onClick={onRetry}>Try again</Button>}
        </div>
      )}
    </article>
  );
}

function Account({ done }: { done: TrialDone }): ReactElement {
  const { usage, latency_ms: took, model, finish } = done;
  return (
    <Measures
      took={took}
      tokens={usage.output_tokens}
      cost={usage.cost_usd}
      isEstimated={usage.estimated}
      model={model}
      isCut={finish === "length"}
    />
  );
}

function announcement(last: Turn | undefined, name: string): string {
  if (last?.author !== "agent") return "";
  return { writing: `${name} is answering`, done: `${name} has answered`, stopped: "Stopped", failed: "" }[last.state];
}
