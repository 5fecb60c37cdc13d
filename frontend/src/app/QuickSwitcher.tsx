import { useNavigate } from "@tanstack/react-router";
import { useId, useState, type KeyboardEvent, type ReactElement } from "react";
import { useAgents, useChannels } from "@/api/hooks";
import { sentence } from "@/api/problem";
import { openDirect } from "@/features/channels/direct";
import { Avatar } from "@/ui/Avatar";
import { colorOf } from "@/ui/color";
import { Dialog } from "@/ui/Dialog";
import { Icon, type IconName } from "@/ui/Icon";
import { notify } from "@/ui/toast";
import { closePanel, openPanel } from "./panels";

const SHOWN = 9;

interface Place {
  id: string;
  name: string;
  note: string;
  mark: { icon: IconName } | { color: string };
  go: () => unknown;
}

/** Finds a channel, an agent or a page by a part of its name. */
export function QuickSwitcher(): ReactElement {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const listId = useId();
  const found = matching(usePlaces(), query).slice(0, SHOWN);
  const at = Math.min(active, found.length - 1);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") pick(found[at]);
    else if (step !== undefined) setActive((at + step + found.length) % Math.max(1, found.length));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to" open onClose={closePanel} bare>
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Icon name="search" className="size-4.5 text-faint" />
        <input
          role="combobox"
          aria-label="Go to a channel, an agent or a page"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found.length > 0 ? `${listId}-${at}` : undefined}
          aria-autocomplete="list"
          value={query}
          placeholder="Channel, agent or page"
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          className="h-13 flex-1 bg-transparent outline-none"
        />
        <kbd>Esc</kbd>
      </div>
      <ul id={listId} role="listbox" aria-label="Places" className="overflow-y-auto p-2">
        {found.map((place, index) => (
          <li
            key={place.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === at}
            onPointerMove={() => setActive(index)}
            onClick={() => pick(place)}
            className={`flex items-center gap-3 rounded-lg px-3 py-2 ${index === at ? "bg-hover" : ""}`}
          >
            {"icon" in place.mark ? <Icon name={place.mark.icon} className="size-5 text-faint" /> : <Avatar name={place.name} color={place.mark.color} size="small" />}
            <span className="font-medium">{place.name}</span>
            <span className="min-w-0 flex-1 truncate text-sm text-faint">{place.note}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p role="status" className="px-5 pb-5 text-sm text-faint">Nothing is called that.</p>}
    </Dialog>
  );
}

function pick(place: Place | undefined): void {
  if (place === undefined) return;
  closePanel();
  Promise.resolve(place.go()).catch((error: unknown) => notify(sentence(error)));
}

function usePlaces(): Place[] {
  const navigate = useNavigate();
  const toChannel = (channelId: string): unknown => navigate({ to: "/c/$channelId", params: { channelId } });
  const agents = useAgents();
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  return [
    ...useChannels().map((channel): Place => ({
      id: channel.id,
      name: channel.name,
      note: channel.kind === "dm" ? "Direct messages" : channel.topic,
      mark: channel.kind === "dm" ? { color: colorOf(byId.get(channel.agent_id ?? "")) } : { icon: "hash" },
      go: () => toChannel(channel.id),
    })),
    ...agents.map((agent): Place => ({
      id: agent.id,
      name: agent.name,
      note: `Agent · ${agent.persona.role}`,
      mark: { color: colorOf(agent) },
      go: async () => toChannel((await openDirect(agent.id)).id),
    })),
    { id: "agents", name: "Agents", note: "All agents", mark: { icon: "agents" }, go: () => navigate({ to: "/agents" }) },
    { id: "new-agent", name: "New agent", note: "", mark: { icon: "plus" }, go: () => navigate({ to: "/agents/new" }) },
    { id: "workflows", name: "Workflows", note: "Plans and their runs", mark: { icon: "workflow" }, go: () => navigate({ to: "/workflows" }) },
    { id: "saved-workflows", name: "Saved workflows", note: "Plans to run again, and their triggers", mark: { icon: "workflow" }, go: () => navigate({ to: "/workflows/saved" }) },
    { id: "webhooks", name: "Webhooks", note: "Who is told how workflows end", mark: { icon: "link" }, go: () => navigate({ to: "/workflows/webhooks" }) },
    { id: "templates", name: "Start from a template", note: "Teams of agents", mark: { icon: "agents" }, go: () => navigate({ to: "/agents/templates" }) },
    { id: "settings", name: "Settings", note: "Theme, text size, providers", mark: { icon: "settings" }, go: () => openPanel("settings") },
    { id: "shortcuts", name: "Keyboard shortcuts", note: "", mark: { icon: "keyboard" }, go: () => openPanel("shortcuts") },
  ];
}

function matching(places: readonly Place[], query: string): Place[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = (place: Place): number => (place.name.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  return places
    .filter(({ name, note }) => words.every((word) => `${name} ${note}`.toLowerCase().includes(word)))
    .sort((a, b) => rank(a) - rank(b));
}
