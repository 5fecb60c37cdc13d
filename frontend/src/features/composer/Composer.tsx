import { lazy, Suspense, useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { FileInfo } from "@/api/types";
import { IconButton } from "@/ui/Button";
import { Avatar } from "@/ui/Avatar";
import { AttachButton } from "./AttachButton";
import { attach, obstacle, restore, take, useAttachments } from "./attachments";
import { matchingCommands, parseCommand, type Command } from "./commands";
import { keepDraft, loadDraft } from "./drafts";
import { pasted } from "./dropping";
import { complete, fitting, typedMention, type Mentionable } from "./mention";
import { optionId, Suggestions, type Suggestion } from "./Suggestions";

const Attachments = lazy(() => import("./Attachments").then((module) => ({ default: module.Attachments })));

const MAX_BYTES = 32 * 1024;
const MAX_OFFERED = 8;
const TYPING_MS = 2_000;
// Where a finger points, the focus would bring up the keyboard over half of the page.
const isTouched = globalThis.matchMedia?.("(pointer: coarse)").matches ?? false;

export interface ComposerAgent extends Mentionable {
  color: string;
}

interface Props {
  /** Under which the draft is kept: a channel's or a thread's. */
  draftKey: string;
  label: string;
  /** What else the field is good for. */
  hint?: string;
  agents: readonly ComposerAgent[];
  commands: readonly Command[];
  /** Where files are uploaded to; without it none can be attached. */
  channelId?: string;
  onSend: (content: string, files: readonly FileInfo[]) => void;
  onTyping?: () => void;
  onEditLast?: () => void;
  autoFocus?: boolean;
}

/** Where messages are written. It begins with the draft; another channel's needs another key. */
export function Composer({ draftKey, label, hint, agents, commands, channelId, onSend, onTyping, onEditLast, autoFocus = !isTouched }: Props): ReactElement {
  const [text, setText] = useState(() => loadDraft(draftKey));
  const [caret, setCaret] = useState(text.length);
  const [active, setActive] = useState(0);
  const [dismissed, setDismissed] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const nextCaret = useRef<number | null>(null);
  const typedAt = useRef(0);
  const listId = useId();

  const attachments = useAttachments(draftKey);
  const [isEarly, setIsEarly] = useState(false); // it was to be sent before its files were there
  const complaint = refusal ?? (isEarly ? obstacle(attachments) : null);
  const isBlank = text.trim() === "" && attachments.length === 0;
  const attachHere = (files: File[]): void => {
    setRefusal(null);
    if (channelId !== undefined && files.length > 0) void attach(draftKey, channelId, files);
    field.current?.focus();
  };

  useEffect(() => keepDraft(draftKey, text), [draftKey, text]);
  useEffect(() => void restore(draftKey), [draftKey]);
  useLayoutEffect(() => {
    if (field.current) fitHeight(field.current);
    if (nextCaret.current === null) return;
    field.current?.setSelectionRange(nextCaret.current, nextCaret.current);
    nextCaret.current = null;
  }, [text]); // oxlint-disable-line react/exhaustive-effect-dependencies -- the field's height follows its text

  const typed = typedMention(text, caret);
  const fittingAgents = typed ? fitting(agents, typed.query, MAX_OFFERED) : [];
  const offeredCommands = typed ? [] : matchingCommands(commands, text);
  const count = dismissed === text ? 0 : fittingAgents.length + offeredCommands.length;
  const at = Math.min(active, count - 1);

  const change = (value: string, position: number): void => {
    setText(value);
    setCaret(position);
    setActive(0);
    setRefusal(null);
    setIsEarly(false);
    if (value !== "" && isDue(typedAt)) onTyping?.();
  };
  const pick = (index: number): void => {
    const agent = fittingAgents[index];
    const command = offeredCommands[index];
    if (agent && typed) {
      const next = complete(text, typed, agent.handle);
      nextCaret.current = next.caret;
      change(next.text, next.caret);
    } else if (command?.argument) {
      nextCaret.current = command.name.length + 2;
      change(`/${command.name} `, nextCaret.current);
    } else if (command) void runCommand(command, "");
  };
  const runCommand = async (command: Command, rest: string): Promise<void> => {
    change("", 0);
    try {
      await command.run?.(rest);
    } catch (error) {
      setText((since) => since || text); // to be mended, unless something else is written by now
      setRefusal(sentence(error));
    }
  };
  const submit = (): void => {
    if (isBlank) return;
    const parsed = parseCommand(commands, text);
    if (parsed?.command.run) return void runCommand(parsed.command, parsed.rest);
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > MAX_BYTES) {
      setRefusal(`The message is ${Math.ceil(bytes / 1024)} KiB long; at most 32 KiB can be sent. Shorten it or split it.`);
      return;
    }
    if (obstacle(attachments) !== null) return setIsEarly(true);
    onSend(text, take(draftKey));
    change("", 0);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // While an input method composes, its keys are its own; Safari tells the last one by code 229.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const act = count > 0 ? listKey(event) : fieldKey(event);
    if (act === null) return;
    event.preventDefault();
    act();
  };
  const listKey = (event: KeyboardEvent): (() => void) | null => {
    switch (event.key) {
      case "ArrowDown":
        return () => setActive((at + 1) % count);
      case "ArrowUp":
        return () => setActive((at - 1 + count) % count);
      case "Enter":
        return event.shiftKey ? null : () => pick(at);
      case "Tab":
        return event.shiftKey ? null : () => pick(at);
      case "Escape":
        return () => setDismissed(text);
      default:
        return null;
    }
  };
  const fieldKey = (event: KeyboardEvent): (() => void) | null => {
    if (event.key === "Enter" && !event.shiftKey) return submit;
    if (event.key === "ArrowUp" && text === "" && onEditLast) return onEditLast;
    return null;
  };

  const suggestions: Suggestion[] = [
    ...fittingAgents.map((agent) => ({ id: agent.id, content: <AgentOption agent={agent} /> })),
    ...offeredCommands.map((command) => ({ id: command.name, content: <CommandOption command={command} /> })),
  ];
  return (
    <form
      className="relative px-3 pb-3 sm:px-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div className="relative rounded-xl border border-line bg-raised p-1 transition-colors focus-within:border-cyan focus-within:shadow-[0_0_0_3px_color-mix(in_srgb,var(--cyan)_16%,transparent)]">
        {count > 0 && (
          <Suggestions
            id={listId}
            label={fittingAgents.length > 0 ? "Agents to mention" : "Commands"}
            suggestions={suggestions}
            active={at}
            onPick={pick}
            onPoint={setActive}
          />
        )}
        <Suspense fallback={null}>
          {attachments.length > 0 && <Attachments draftKey={draftKey} attachments={attachments} />}
        </Suspense>
        <div className="flex items-end gap-1">
          {channelId === undefined ? <span className="w-1.5" /> : <AttachButton onFiles={attachHere} />}
          <textarea
            ref={field}
            value={text}
            rows={1}
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- writing is what the page is for
            autoFocus={autoFocus}
            data-composer
            aria-label={label}
            aria-autocomplete="list"
            aria-haspopup="listbox"
            aria-controls={count > 0 ? listId : undefined}
            aria-activedescendant={count > 0 ? optionId(listId, at) : undefined}
            placeholder={hint ? `${label}, ${hint}` : label}
            onChange={(event) => change(event.target.value, event.target.selectionStart)}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
            onBlur={() => setDismissed(text)}
            onFocus={() => setDismissed(null)}
            onKeyDown={onKeyDown}
            onPaste={(event) => {
              const files = channelId === undefined ? [] : pasted(event.clipboardData);
              if (files.length === 0) return;
              event.preventDefault();
              attachHere(files);
            }}
            className="max-h-[40dvh] min-h-9 flex-1 resize-none bg-transparent py-1.5 leading-6 outline-none"
          />
          <IconButton
            type="submit"
            icon="send"
            label="Send"
            disabled={isBlank}
            size="size-9"
            className="enabled:bg-cyan enabled:text-on-accent enabled:hover:bg-cyan enabled:hover:text-on-accent enabled:hover:brightness-110"
          />
        </div>
      </div>
      {complaint && <p role="alert" className="mt-1.5 px-1 text-sm text-danger">{complaint}</p>}
      <p role="status" className="sr-only">{count > 0 ? `${count} suggestions` : ""}</p>
    </form>
  );
}

function AgentOption({ agent }: { agent: ComposerAgent }): ReactElement {
  return (
    <>
      <Avatar name={agent.name} color={agent.color} size="small" />
      <span className="font-medium whitespace-nowrap">@{agent.handle}</span>
      <span className="min-w-0 truncate text-faint">{agent.role}</span>
    </>
  );
}

function CommandOption({ command }: { command: Command }): ReactElement {
  return (
    <>
      <span className="font-mono font-medium text-cyan">/{command.name}{command.argument && ` ${command.argument}`}</span>
      <span className="min-w-0 truncate text-faint">{command.description}</span>
    </>
  );
}

/** Whether it is time to tell that the user types; notes that it was told. */
function isDue(typedAt: { current: number }): boolean {
  const now = Date.now();
  if (now - typedAt.current < TYPING_MS) return false;
  typedAt.current = now;
  return true;
}

function fitHeight(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
