import { lazy, memo, Suspense, useId, useMemo, useState, type ReactElement } from "react";
import { useAgentsById } from "@/api/hooks";
import type { Agent, Message } from "@/api/types";
import { Avatar } from "@/ui/Avatar";
import { colorOf, readable } from "@/ui/color";
import { AnswerFooter } from "./AnswerFooter";
import { MessageBody } from "./AnswerBody";
import { EditForm } from "./EditForm";
import { useEditing } from "./editing";
import { MessageActions } from "./MessageActions";
import { MessageFiles } from "./MessageFiles";
import { PlanOr } from "./plan";
import { Reactions } from "./Reactions";
import { RecalledFooter, useRecalled } from "./recalled";
import { stopReacting, toggleReaction, useReacting } from "./reactions";
import { Replies } from "./Replies";
import type { Handles } from "@/ui/markdown/Inline";
import { Marks } from "@/ui/markdown/marks";
import { clockOf, fullTime, timeOf } from "./times";

const ReactionPicker = lazy(() => import("./ReactionPicker").then((module) => ({ default: module.ReactionPicker })));

interface Props {
  message: Message;
  joins: boolean;
  /** Whether the row is the one that the address points to. */
  isTarget?: boolean;
  /** Whether the keyboard is on the row. */
  isCurrent?: boolean;
  onThread?: ((messageId: string) => void) | undefined;
}

/** One message with its author, text and what can be done with it. */
export const MessageRow = memo(function MessageRow({ message, joins, isTarget, isCurrent, onThread }: Props): ReactElement {
  const agents = useAgentsById();
  const agent = message.author.id === null ? undefined : agents.get(message.author.id);
  const handles = useMemo(() => handlesOf(message, agents), [message, agents]);
  const recalled = useRecalled(message);
  const isEditing = useEditing((state) => state.messageId === message.id);
  const [isActive, setIsActive] = useState(false);
  const rowId = useId();
  const anchor = useReacting((state) => (state.row === rowId ? state.anchor : null));
  if (message.deleted_at !== null) return <Deleted message={message} onThread={onThread} />;
  if (message.author.kind === "system") return <Notice message={message} handles={handles} />;
  const isAgent = message.author.kind === "agent";
  const color = isAgent ? colorOf(agent) : "#3A3A55";
  return (
    <article
      aria-label={`${message.author.name}, ${fullTime(message.created_at)}`}
      onPointerEnter={() => setIsActive(true)}
      onPointerLeave={() => setIsActive(false)}
      onFocus={() => setIsActive(true)}
      onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setIsActive(false)}
      data-target={isTarget || undefined}
      className={`row ${joins ? "pt-1" : "pt-3"} ${isAgent ? "row-agent" : ""}`}
      style={isAgent ? { ["--agent" as string]: color } : undefined}
    >
      {(isActive || isCurrent || anchor) && !isEditing && <MessageActions message={message} rowId={rowId} onThread={onThread} />}
      {anchor && (
        <Suspense fallback={null}>
          <ReactionPicker
            anchor={anchor}
            onClose={stopReacting}
            onPick={(emoji) => {
              stopReacting();
              toggleReaction(message, emoji);
            }}
          />
        </Suspense>
      )}
      {joins ? (
        <time dateTime={message.created_at} className="row-time">{clockOf(message.created_at)}</time>
      ) : (
        <Avatar name={message.author.name} color={color} />
      )}
      <div className="min-w-0 flex-1">
        {!joins && <Header message={message} agent={agent} isAgent={isAgent} color={color} />}
        {isEditing ? <EditForm message={message} /> : <Marks value={recalled.marks}><PlanOr message={message}><MessageBody message={message} handles={handles} /></PlanOr></Marks>}
        <MessageFiles files={message.files} />
        {message.edited_at && !isEditing && (
          <span className="text-xs text-faint" title={fullTime(message.edited_at)}>(edited)</span>
        )}
        {isAgent && <AnswerFooter message={message} />}
        <RecalledFooter messageId={message.id} recalled={recalled} />
        <Reactions message={message} rowId={rowId} />
        {onThread && <Replies message={message} onOpen={onThread} />}
      </div>
    </article>
  );
});

/** What is left of a message on which a thread hangs. */
function Deleted({ message, onThread }: Pick<Props, "message" | "onThread">): ReactElement {
  return (
    <article aria-label={`Deleted message, ${fullTime(message.created_at)}`} className="row pt-3">
      <span className="w-9 shrink-0" />
      <div className="min-w-0 flex-1">
        <p className="text-faint italic">This message was deleted.</p>
        {onThread && <Replies message={message} onOpen={onThread} />}
      </div>
    </article>
  );
}

interface HeaderProps {
  message: Message;
  agent: Agent | undefined;
  isAgent: boolean;
  color: string;
}

function Header({ message, agent, isAgent, color }: HeaderProps): ReactElement {
  return (
    <header className="mb-0.5 flex flex-wrap items-baseline gap-x-2">
      <span className="font-semibold" style={isAgent ? { color: readable(color) } : undefined}>
        {message.author.name}
      </span>
      {isAgent && <span className="badge">agent</span>}
      {agent && <span className="hidden max-w-64 truncate text-xs text-faint sm:inline">{agent.persona.role}</span>}
      <time dateTime={message.created_at} title={fullTime(message.created_at)} className="text-xs text-faint tabular-nums">
        {timeOf(message.created_at)}
      </time>
    </header>
  );
}

function Notice({ message, handles }: { message: Message; handles: Handles }): ReactElement {
  return (
    <div role="note" className="mx-auto my-2 flex max-w-2xl items-baseline gap-3 rounded-lg border border-line bg-raised/60 px-3.5 py-2 text-sm text-soft">
      <span aria-hidden="true" className="size-1.5 shrink-0 self-center rounded-full bg-violet" />
      <div className="min-w-0 flex-1"><MessageBody message={message} handles={handles} /></div>
      <time dateTime={message.created_at} className="text-xs text-faint">{timeOf(message.created_at)}</time>
    </div>
  );
}

function handlesOf(message: Message, agents: ReadonlyMap<string, Agent>): Handles {
  return new Map(message.mentions.map(({ handle, agent_id: id }) => [handle.toLowerCase(), readable(colorOf(agents.get(id)))]));
}
