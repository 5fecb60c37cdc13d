import { useEffect, useRef, useState, type ReactElement, type ReactNode } from "react";
import { sentence } from "@/api/problem";
import type { Memory } from "@/api/types";
import { Button } from "@/ui/Button";
import { notify } from "@/ui/toast";
import { change, forget, restore, type Owner } from "./owner";
import { SourceLink } from "./SourceLink";
import { dayOf, expiryOf, importanceOf, KINDS, momentOf, sayerOf } from "./words";

const LONG = 600;

interface Props {
  memory: Memory;
  owner: Owner;
  onEdit: (memory: Memory) => void;
  /** Shows one memory by itself, such as that which corrects this one. */
  onShow?: ((memoryId: string) => void) | undefined;
  /** Called when it is forgotten, with the focus on nothing. */
  onForgotten?: (() => void) | undefined;
  /** What stands under it, such as why it was found. */
  children?: ReactNode;
  /** What stands before the rest, such as its mark. */
  lead?: ReactNode;
  /** What stands behind what can be done with it. */
  more?: ReactNode;
}

/** One memory: what it says, where it comes from, and what can be done with it. */
export function MemoryItem({ memory, owner, onEdit, onShow, onForgotten, children, lead, more }: Props): ReactElement {
  const isPast = stoodIn(memory);
  const expiry = expiryOf(memory);
  return (
    <article
      aria-label={`${KINDS[memory.kind].label}: ${memory.content.slice(0, 80)}`}
      data-past={isPast || undefined}
      className="memory grid gap-2"
    >
      <div className="memory-facts">
        {lead}
        <span className="badge">{KINDS[memory.kind].label}</span>
        {memory.pinned && <span className="badge">Pinned</span>}
        <time dateTime={memory.said_at} title={momentOf(memory.said_at)}>{dayOf(memory.said_at)}</time>
        <span>{sayerOf(memory, owner.kind === "agent" ? owner.name : undefined)}</span>
        <span>{importanceOf(memory.importance)} importance</span>
        {expiry && <span>{expiry}</span>}
        <SourceLink memory={memory} />
      </div>
      <Text text={memory.content} />
      {isPast && <Past memory={memory} onShow={onShow} />}
      {children}
      <Actions memory={memory} owner={owner} onEdit={onEdit} onForgotten={onForgotten} more={more} />
    </article>
  );
}

/** Whether another memory stands in its place. */
const stoodIn = ({ superseded_by: newer, summarized_by: summary }: Memory): boolean => newer !== null || summary !== null;

function Text({ text }: { text: string }): ReactElement {
  const [isOpen, setIsOpen] = useState(false);
  const isLong = text.length > LONG;
  return (
    <div>
      <p className="memory-text" data-folded={(isLong && !isOpen) || undefined}>{text}</p>
      {isLong && (
        <button type="button" aria-expanded={isOpen} className="rounded text-sm font-medium text-cyan hover:underline" onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? "Show less" : "Show it all"}
        </button>
      )}
    </div>
  );
}

function Past({ memory, onShow }: Pick<Props, "memory" | "onShow">): ReactElement {
  const newer = memory.superseded_by ?? memory.summarized_by;
  const text = memory.superseded_by === null ? "A summary stands for it, so it is not found any more." : "A newer one corrects it, so it is not found any more.";
  return (
    <p className="text-sm text-soft">
      {text}{" "}
      {newer !== null && onShow && (
        <button type="button" className="rounded text-cyan underline" onClick={() => onShow(newer)}>
          {memory.superseded_by === null ? "Show the summary" : "Show the newer one"}
        </button>
      )}
    </p>
  );
}

function Actions({ memory, owner, onEdit, onForgotten, more }: Pick<Props, "memory" | "owner" | "onEdit" | "onForgotten" | "more">): ReactElement {
  const isPast = stoodIn(memory);
  const [isAsking, setIsAsking] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const ask = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (wasAsking.current && !isAsking) ask.current?.focus();
    wasAsking.current = isAsking;
  }, [isAsking]);
  const attempt = async (act: Promise<unknown>, done?: () => void): Promise<void> => {
    setIsBusy(true);
    try {
      await act;
      done?.();
    } catch (error) {
      notify(sentence(error));
    }
    setIsBusy(false);
  };
  if (isAsking) {
    return (
      <div key="asking" role="group" aria-label="Delete this memory?" className="memory-actions" onKeyDown={(event) => event.key === "Escape" && setIsAsking(false)}>
        <span className="px-2 text-sm">Delete this memory? Nothing brings it back.</span>
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- it takes the place of the button that was pressed */}
        <Button autoFocus kind="danger" size="small" icon="trash" disabled={isBusy} onClick={() => void attempt(forget(owner, memory.id), onForgotten)}>
          Delete
        </Button>
        <Button kind="ghost" size="small" onClick={() => setIsAsking(false)}>Keep</Button>
      </div>
    );
  }
  return (
    <div key="acting" className="memory-actions">
      <Button kind="ghost" size="small" icon="edit" onClick={() => onEdit(memory)}>Edit</Button>
      <Button
        kind="ghost"
        size="small"
        aria-pressed={memory.pinned}
        disabled={isBusy}
        title="Pinned memories are never expired or summed up."
        onClick={() => void attempt(change(owner, memory.id, { pinned: !memory.pinned }))}
      >
        {memory.pinned ? "Unpin" : "Pin"}
      </Button>
      <Button ref={ask} kind="ghost" size="small" icon="trash" onClick={() => setIsAsking(true)}>Delete</Button>
      {isPast && <Button kind="ghost" size="small" icon="retry" disabled={isBusy} onClick={() => void attempt(restore(owner, memory))}>Let it stand again</Button>}
      {more}
    </div>
  );
}
