import type { ReactElement } from "react";
import type { Message, Reaction } from "@/api/types";
import { useReads } from "@/realtime/reads";
import { Icon } from "@/ui/Icon";
import { startReacting, toggleReaction } from "./reactions";

const NAMED = 12;

/** The emoji under a message; a click gives or takes back one's own. */
export function Reactions({ message, rowId }: { message: Message; rowId: string }): ReactElement | null {
  const me = useReads((reads) => reads.me);
  const { reactions = [] } = message;
  if (reactions.length === 0) return null;
  return (
    <ul aria-label="Reactions" className="mt-1.5 flex flex-wrap items-center gap-1.5">
      {reactions.map((reaction) => (
        <li key={reaction.emoji}>
          <Chip reaction={reaction} me={me} onToggle={() => toggleReaction(message, reaction.emoji)} />
        </li>
      ))}
      <li>
        <button type="button" className="chip" aria-label="Add another reaction" title="Add another reaction" onClick={(event) => startReacting(rowId, event.currentTarget)}>
          <Icon name="smile" className="size-4" />
        </button>
      </li>
    </ul>
  );
}

function Chip({ reaction, me, onToggle }: { reaction: Reaction; me: string | null; onToggle: () => void }): ReactElement {
  const isMine = reaction.users.some(({ id }) => id === me);
  const who = namesOf(reaction, me);
  return (
    <button type="button" className="chip" aria-pressed={isMine} onClick={onToggle}>
      <span>{reaction.emoji}</span> <span className="text-xs tabular-nums">{reaction.count}</span>
      <span className="chip-who"> {who}</span>
    </button>
  );
}

function namesOf({ users }: Reaction, me: string | null): string {
  const names = users.map(({ id, name }) => (id === me ? "You" : name)).toSorted((a, b) => Number(b === "You") - Number(a === "You"));
  const shown = names.slice(0, NAMED);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
