import { Popover } from "@base-ui/react/popover";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactElement } from "react";
import { EMOJI, findEmoji, offered, type Emoji } from "./emoji";
import { recentEmoji } from "./reactions";

const COLUMNS = 8;

interface Props {
  anchor: HTMLElement;
  onPick: (emoji: string) => void;
  onClose: () => void;
}

/** Where an emoji is chosen: by pointer, by arrow keys, or by its name. */
export function ReactionPicker({ anchor, onPick, onClose }: Props): ReactElement {
  const field = useRef<HTMLInputElement>(null);
  return (
    <Popover.Root open onOpenChange={(open) => open || onClose()}>
      <Popover.Portal>
        <Popover.Positioner anchor={anchor} side="top" align="end" sideOffset={6} collisionPadding={8} className="z-40">
          <Popover.Popup
            aria-label="Choose a reaction"
            initialFocus={field}
            finalFocus={() => (anchor.isConnected ? anchor : null)}
            className="w-[19.5rem] animate-rise overflow-hidden rounded-xl border border-line bg-panel shadow-2xl shadow-black outline-none"
          >
            <Choice field={field} onPick={onPick} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Choice({ field, onPick }: { field: React.RefObject<HTMLInputElement | null>; onPick: (emoji: string) => void }): ReactElement {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const [first] = useState(() => offered(recentEmoji(), COLUMNS));
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const found = query.trim() === "" ? [...first, ...EMOJI] : findEmoji(query);
  const at = Math.min(active, found.length - 1);
  const current = found[at];
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, query]); // oxlint-disable-line react/exhaustive-effect-dependencies -- the list scrolls with what is chosen
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (event.key === "Enter" && current) onPick(current.sign);
    else if (step !== undefined) setActive(Math.max(0, Math.min(at + step, found.length - 1)));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div className="border-b border-line p-2">
        <input
          ref={field}
          role="combobox"
          aria-label="Find an emoji by its name"
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls={listId}
          aria-activedescendant={current ? `${listId}-${at}` : undefined}
          value={query}
          placeholder="A name, or the emoji itself"
          className="field"
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
        />
      </div>
      <div ref={list} id={listId} role="listbox" aria-label="Emoji" className="grid max-h-56 auto-rows-min grid-cols-8 gap-0.5 overflow-y-auto p-2">
        {found.map((emoji, index) => (
          <Option key={`${emoji.sign} ${index < COLUMNS}`} id={`${listId}-${index}`} emoji={emoji} isActive={index === at} onPoint={() => setActive(index)} onPick={onPick} />
        ))}
      </div>
      <p role="status" className="h-9 truncate border-t border-line px-3 leading-9 text-faint">
        {current ? <>{current.sign} {current.name}</> : "No emoji is called that."}
      </p>
    </>
  );
}

interface OptionProps {
  id: string;
  emoji: Emoji;
  isActive: boolean;
  onPoint: () => void;
  onPick: (emoji: string) => void;
}

function Option({ id, emoji, isActive, onPoint, onPick }: OptionProps): ReactElement {
  return (
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isActive}
      aria-label={emoji.name}
      onPointerDown={(event) => event.preventDefault() /* the focus stays in the field */}
      onPointerMove={onPoint}
      onClick={() => onPick(emoji.sign)}
      className={`grid size-8.5 place-items-center rounded-md text-xl leading-none select-none ${isActive ? "bg-hover outline outline-cyan" : ""}`}
    >
      {emoji.sign}
    </div>
  );
}
