import { create } from "zustand";
import type { AgentTyping } from "./events";

const PERSON_MS = 3_000;

interface Activity {
  /** Agents that think or write, by task. */
  agents: Readonly<Record<string, AgentTyping>>;
  /** Who types in a channel, by `channel user`. */
  people: Readonly<Record<string, { channel_id: string; user: string }>>;
}

export const useActivity = create<Activity>(() => ({ agents: {}, people: {} }));

const timers = new Map<string, ReturnType<typeof setTimeout>>();

export function noteAgent(event: AgentTyping): void {
  useActivity.setState(({ agents }) => {
    const { [event.task_id]: _before, ...others } = agents;
    return { agents: event.state === "done" ? others : { ...others, [event.task_id]: event } };
  });
}

/** Forgets what agents do; told anew after a lost connection. */
export function forgetAgents(): void {
  useActivity.setState({ agents: {} });
}

export function notePerson(event: { channel_id: string; user: string }): void {
  const key = `${event.channel_id} ${event.user}`;
  clearTimeout(timers.get(key));
  timers.set(key, setTimeout(() => forgetPerson(key), PERSON_MS));
  useActivity.setState(({ people }) => ({ people: { ...people, [key]: event } }));
}

function forgetPerson(key: string): void {
  timers.delete(key);
  useActivity.setState(({ people }) => {
    const { [key]: _gone, ...others } = people;
    return { people: others };
  });
}
