import { useState, type KeyboardEvent, type ReactElement } from "react";
import { useAgents } from "@/api/hooks";
import type { Agent } from "@/api/types";
import { Avatar } from "@/ui/Avatar";
import { colorOf } from "@/ui/color";
import type { Wiring } from "@/ui/Field";

const SHOWN = 8;

interface Props {
  wiring: Wiring;
  /** The handle of the agent. */
  value: string;
  onPick: (handle: string) => void;
}

/** Finds one of any number of agents by a part of its name, handle or role. */
export function AgentPicker({ wiring, value, onPick }: Props): ReactElement {
  const agents = useAgents();
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const found = typed === null ? [] : matching(agents, typed);
  const shown = found.slice(0, SHOWN);
  const isOpen = typed !== null;
  const listId = `${wiring.id}-list`;
  const chosen = agents.find(({ handle }) => handle === value);
  const name = chosen ? `${chosen.name} (@${chosen.handle})` : value;
  const close = (): void => setTyped(null);
  const pick = (agent: Agent | undefined): void => {
    if (agent) onPick(agent.handle);
    close();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && !isOpen) setTyped("");
    else if (step !== undefined) setActive((active + step + shown.length) % Math.max(1, shown.length));
    else if (event.key === "Enter" && isOpen) pick(shown[active]);
    else if (event.key === "Escape" && isOpen) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="relative">
      <span className="pointer-events-none absolute top-2.5 left-3"><Avatar name={chosen?.name ?? "?"} color={colorOf(chosen)} size="small" /></span>
      <input
        {...wiring}
        role="combobox"
        aria-expanded={isOpen && shown.length > 0}
        aria-controls={isOpen && shown.length > 0 ? listId : undefined}
        aria-activedescendant={isOpen && shown.length > 0 ? `${listId}-${active}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        className="field pl-10"
        value={typed ?? name}
        placeholder="Find an agent"
        onFocus={(event) => event.currentTarget.select()}
        onClick={() => setTyped((known) => known ?? "")}
        onChange={(event) => {
          setTyped(typed === null ? begun(event.target.value, name) : event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      {isOpen && (
        <div className="wf-options">
          <ul id={listId} role="listbox" aria-label="Agents">
            {shown.map((agent, index) => (
              <li
                key={agent.id}
                id={`${listId}-${index}`}
                role="option"
                aria-selected={index === active}
                onPointerMove={() => setActive(index)}
                onPointerDown={(event) => {
                  event.preventDefault(); // the field keeps the focus
                  pick(agent);
                }}
              >
                <Avatar name={agent.name} color={colorOf(agent)} size="small" />
                <span className="font-medium">{agent.name}</span>
                <span className="min-w-0 flex-1 truncate text-xs text-faint">@{agent.handle} · {agent.persona.role}</span>
              </li>
            ))}
          </ul>
          <p role="status" className="px-2.5 pb-1 text-xs text-faint">{restOf(found.length)}</p>
        </div>
      )}
    </div>
  );
}

/** Returns what was typed into a field that showed a name: the name itself is not searched for. */
function begun(text: string, name: string): string {
  if (text.length === name.length - 1) return ""; // a letter of it was deleted
  return name === "" ? text : text.replace(name, "");
}

function matching(agents: readonly Agent[], typed: string): Agent[] {
  const words = typed.toLowerCase().replaceAll("@", "").split(/\s+/).filter(Boolean);
  const fits = ({ name, handle, persona }: Agent): boolean => words.every((word) => `${name} ${handle} ${persona.role}`.toLowerCase().includes(word));
  const first = words[0] ?? "";
  const rank = ({ name, handle }: Agent): number => (handle.startsWith(first) || name.toLowerCase().startsWith(first) ? 0 : 1);
  return agents.filter((agent) => agent.is_active && fits(agent)).toSorted((one, other) => rank(one) - rank(other));
}

function restOf(found: number): string {
  if (found === 0) return "No active agent fits.";
  return found > SHOWN ? `${found - SHOWN} more; type to find them.` : "";
}
