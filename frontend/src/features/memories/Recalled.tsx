import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState, type ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import { sentence } from "@/api/problem";
import type { AnswerMemory, Memory } from "@/api/types";
import { Button, buttonLook } from "@/ui/Button";
import { MemoryDialog } from "./MemoryForm";
import { MemoryItem } from "./MemoryItem";
import type { Owner } from "./owner";
import { recalledQuery } from "./given";
import { bestOf, type Best } from "./words";
import { Why } from "./Why";
import "./memories.css";

interface Props {
  messageId: string;
  /** The memory that is asked for by its mark; empty: none in particular. */
  look: { mark: string };
}

/** The memories that an answer was given, as they are now. */
export function Recalled({ messageId, look }: Props): ReactElement {
  const { data, error, refetch } = useQuery(recalledQuery(messageId));
  const [edited, setEdited] = useState<Memory | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const best = useMemo(() => bestOf((data ?? []).map(({ score_parts: parts }) => parts)), [data]);
  const isLoaded = data !== undefined;
  useEffect(() => {
    if (isLoaded && look.mark !== "") focusOn(list.current, look.mark);
  }, [look, isLoaded]);
  return (
    <section aria-label="Memories that this answer was given" className="mt-1.5 max-w-3xl">
      {error && (
        <p role="alert" className="flex flex-wrap items-center gap-3 text-sm text-danger">
          {sentence(error)}
          <Button size="small" icon="retry" onClick={() => void refetch()}>Try again</Button>
        </p>
      )}
      {!isLoaded && !error && <div role="status" aria-label="Loading the memories" className="memory-bone" />}
      <ul ref={list} className="grid gap-2">
        {data?.map((one) => (
          <li key={one.mark} tabIndex={-1} data-mark={one.mark} className="memory-recalled">
            <One one={one} best={best} onEdit={setEdited} onForgotten={() => focusOn(list.current, one.mark)} />
          </li>
        ))}
      </ul>
      {edited && <MemoryDialog owner={ownerOf(edited)} memory={edited} onClose={() => setEdited(null)} />}
    </section>
  );
}

interface OneProps {
  one: AnswerMemory;
  best: Best;
  onEdit: (memory: Memory) => void;
  onForgotten: () => void;
}

function One({ one: { mark, cited, memory, score, score_parts: parts }, best, onEdit, onForgotten }: OneProps): ReactElement {
  const agents = useAgentsById();
  if (memory === null) return <p className="memory text-sm text-faint"><span className="badge">{mark}</span> This memory has been deleted since.</p>;
  const owner = ownerOf(memory, agents.get(memory.agent_id ?? "")?.name);
  const lead = (
    <>
      <span className="badge">{mark}</span>
      <span className={cited ? "text-cyan" : ""}>{cited ? "Cited in the answer" : "Given, not cited"}</span>
    </>
  );
  return (
    <MemoryItem memory={memory} owner={owner} lead={lead} more={<Place memory={memory} />} onEdit={onEdit} onForgotten={onForgotten}>
      {parts ? (
        <Why parts={parts} score={score ?? 0} best={best} question="Why was this recalled?" />
      ) : (
        <p className="text-sm text-soft">It was given because it is pinned and important.</p>
      )}
    </MemoryItem>
  );
}

/** The way to where the memory is kept. */
function Place({ memory: { id, agent_id: agentId, collection_id: collectionId } }: { memory: Memory }): ReactElement {
  if (agentId === null) {
    return <Link to="/shared-memory/$collectionId" params={{ collectionId: collectionId ?? "" }} search={{ memory: id }} className={buttonLook("ghost", "small")}>Show it in the shared collection</Link>;
  }
  return <Link to="/agents/$agentId/memory" params={{ agentId }} search={{ memory: id }} className={buttonLook("ghost", "small")}>Show it in the agent's memory</Link>;
}

function ownerOf({ agent_id: agentId, collection_id: collectionId }: Memory, name = ""): Owner {
  return agentId === null ? { kind: "collection", id: collectionId ?? "", name } : { kind: "agent", id: agentId, name };
}

function focusOn(list: HTMLElement | null, mark: string): void {
  requestAnimationFrame(() => {
    const row = [...(list?.querySelectorAll<HTMLElement>("[data-mark]") ?? [])].find(({ dataset }) => dataset["mark"] === mark);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  });
}
