import type { ReactElement } from "react";
import { useShallow } from "zustand/react/shallow";
import { useAgentsById } from "@/api/hooks";
import { useActivity } from "@/realtime/activity";

/** Who works or types in the channel, in words. */
export function TypingLine({ channelId }: { channelId: string }): ReactElement {
  const agents = useAgentsById();
  const writers = useActivity(
    useShallow((all) => Object.values(all.agents).filter((event) => event.channel_id === channelId).map((event) => `${event.state} ${event.agent_id}`)),
  );
  const people = useActivity(
    useShallow((all) => Object.values(all.people).filter((event) => event.channel_id === channelId).map((event) => event.user)),
  );
  const phrases = [
    ...writers.map((writer) => {
      const [state = "", agentId = ""] = writer.split(" ");
      return `${agents.get(agentId)?.name ?? "An agent"} is ${state}`;
    }),
    ...people.map((name) => (name === "You" ? "You are typing in another window" : `${name} is typing`)),
  ];
  return (
    <p aria-live="polite" className="h-6 truncate px-6 text-xs leading-6 text-faint sm:px-8">
      {phrases.length > 3 ? `${phrases.length} agents are at work` : phrases.join(", ")}
    </p>
  );
}
