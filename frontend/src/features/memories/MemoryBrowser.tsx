import { useMemo, useRef, useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Memory } from "@/api/types";
import { Button, buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { MoreButton } from "@/ui/MoreButton";
import { Filters } from "./Filters";
import { ForgetAll } from "./ForgetAll";
import { MemoryDialog } from "./MemoryForm";
import { MemoryItem } from "./MemoryItem";
import { MoveHelp } from "./MoveHelp";
import { OneMemory } from "./OneMemory";
import { EVERYTHING, exportAddress, isNarrowed, type Owner, type Wanted } from "./owner";
import { StatusLine } from "./StatusLine";
import { useMemories } from "./useMemories";
import { bestOf } from "./words";
import { Why } from "./Why";
import "./memories.css";

const BONES = ["first", "second", "third", "fourth"];

interface Props {
  owner: Owner;
  /** The one memory that the address points to. */
  chosen?: string | undefined;
  /** Called to show one memory alone, or all of them. */
  onChoose: (memoryId: string | undefined) => void;
}

/** What an agent or a collection remembers: found, narrowed down, added to, mended and forgotten. */
export function MemoryBrowser({ owner, chosen, onChoose }: Props): ReactElement {
  const [wanted, setWanted] = useState(EVERYTHING);
  const [edited, setEdited] = useState<Memory | "new" | null>(null);
  const [isForgetting, setIsForgetting] = useState(false);
  const head = useRef<HTMLHeadingElement>(null);
  const download = exportAddress(owner);
  const toHead = (): void => head.current?.focus();
  return (
    <div className="mx-auto grid max-w-4xl gap-4 p-4 sm:p-6">
      <div className="flex flex-wrap items-center gap-2">
        <h2 ref={head} tabIndex={-1} className="mr-auto text-lg font-semibold outline-none">{owner.kind === "agent" ? `What ${owner.name} remembers` : "What is in it"}</h2>
        <Button kind="primary" icon="plus" onClick={() => setEdited("new")}>Add a memory</Button>
        {download !== null && <a href={download} download className={buttonLook("ghost")}><Icon name="download" />Export</a>}
        <Button kind="danger" icon="trash" onClick={() => setIsForgetting(true)}>Forget everything</Button>
      </div>
      <StatusLine />
      {chosen === undefined ? (
        <Memories owner={owner} wanted={wanted} onWanted={setWanted} onEdit={setEdited} onShow={onChoose} onForgotten={toHead} />
      ) : (
        <OneMemory owner={owner} memoryId={chosen} onEdit={setEdited} onShow={onChoose} />
      )}
      {owner.handle !== undefined && <MoveHelp handle={owner.handle} />}
      {edited !== null && <MemoryDialog owner={owner} memory={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      {isForgetting && <ForgetAll owner={owner} onClose={() => setIsForgetting(false)} />}
    </div>
  );
}

interface MemoriesProps {
  owner: Owner;
  wanted: Wanted;
  onWanted: (wanted: Wanted) => void;
  onEdit: (memory: Memory) => void;
  onShow: (memoryId: string) => void;
  onForgotten: () => void;
}

function Memories({ owner, wanted, onWanted, onEdit, onShow, onForgotten }: MemoriesProps): ReactElement {
  const found = useMemories(owner, wanted);
  const best = useMemo(() => bestOf(found.memories.map(({ score_parts: parts }) => parts)), [found.memories]);
  const set = (part: Partial<Wanted>): void => onWanted({ ...wanted, ...part });
  return (
    <>
      <div className="relative">
        <Icon name="search" className="pointer-events-none absolute top-2.5 left-3 size-4.5 text-faint" />
        <input
          type="search"
          aria-label="Search these memories"
          placeholder="Ask, as you would ask the agent"
          maxLength={1000}
          value={wanted.q}
          onChange={(event) => set({ q: event.target.value })}
          className="field pl-9.5"
        />
      </div>
      <Filters wanted={wanted} onChange={set} />
      <p role="status" className="text-sm text-faint">{statusOf(found)}</p>
      {found.error && (
        <div role="alert" className="grid justify-items-start gap-3">
          <p className="text-danger">{sentence(found.error)}</p>
          <Button icon="retry" onClick={found.retry}>Try again</Button>
        </div>
      )}
      {found.isLoading && <Skeleton />}
      {!found.isLoading && !found.error && found.memories.length === 0 && <Nothing owner={owner} wanted={wanted} onClear={() => onWanted(EVERYTHING)} />}
      <ul aria-label="Memories" aria-busy={found.isStale} className="grid gap-2.5">
        {found.memories.map((memory) => (
          <li key={memory.id}>
            <MemoryItem memory={memory} owner={owner} onEdit={onEdit} onShow={onShow} onForgotten={onForgotten}>
              {memory.score_parts && <Why parts={memory.score_parts} score={memory.score ?? 0} best={best} />}
            </MemoryItem>
          </li>
        ))}
      </ul>
      {(found.more || found.isLoadingMore) && (
        <div className="text-center"><MoreButton isLoading={found.isLoadingMore} onMore={() => found.more?.()} /></div>
      )}
    </>
  );
}

function Skeleton(): ReactElement {
  return (
    <div role="status" aria-label="Loading the memories" className="grid gap-2.5">
      {BONES.map((bone) => <div key={bone} className="memory-bone" />)}
    </div>
  );
}

function Nothing({ owner, wanted, onClear }: { owner: Owner; wanted: Wanted; onClear: () => void }): ReactElement {
  if (wanted.q.trim() !== "" || isNarrowed(wanted)) {
    return (
      <div className="grid justify-items-center gap-3 py-10 text-center text-soft">
        <p>No memory fits.</p>
        <Button onClick={onClear}>Show all of them</Button>
      </div>
    );
  }
  return (
    <p className="mx-auto max-w-lg py-10 text-center text-soft">
      {owner.kind === "agent"
        ? `${owner.name} remembers nothing yet. What matters of its conversations appears here, and you can add what it should know.`
        : "Nothing is in it yet. What you add is found by every agent that may read it."}
    </p>
  );
}

function statusOf({ memories, isSearch, isLoading, more, isStale }: ReturnType<typeof useMemories>): string {
  if (isLoading || isStale || memories.length === 0) return "";
  const count = memories.length === 1 ? "1 memory" : `${memories.length.toLocaleString()} memories`;
  if (isSearch) return `${count}, the best match first`;
  return more ? `The last ${count}, the newest first` : `${count}, the newest first`;
}
