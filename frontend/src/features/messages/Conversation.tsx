import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, type ReactElement, type ReactNode } from "react";
import type { Place } from "@/api/types";
import { leave, loadNewer, loadOlder, look, open, useConversations } from "@/realtime/conversations";
import { useOutbox } from "@/realtime/outbox";
import { endSeen, useReading } from "@/realtime/reading";
import { useReads } from "@/realtime/reads";
import { Button } from "@/ui/Button";
import { finishedUpTo, isSilent, itemsOf, type Item } from "./items";
import { MessageRow } from "./MessageRow";
import { OutgoingRow } from "./OutgoingRow";
import { Loading, LoadFailed } from "./states";
import { dayName } from "./times";
import { useEndPin } from "./useEndPin";
import { useOpening } from "./useOpening";
import { useRowKeys } from "./useRowKeys";

const NEAR_END_PX = 80;
// A quick turn of the wheel passes some twenty rows while a page loads.
const NEAR_EDGE_ROWS = 25;

interface Props {
  /** The channel's id, or `thread:` and the message's. */
  id: string;
  channelId: string;
  threadId: string | null;
  label: string;
  /** The message that the address points to. */
  target?: string | undefined;
  /** Whether the target is only to be seen here, since the address leads on into its thread. */
  isPassedBy?: boolean;
  beginning: ReactNode;
  onThread?: (messageId: string) => void;
  /** Called when the user leaves the target behind for the newest messages. */
  onPresent?: () => void;
}

/** The messages of a channel or thread, of any number; opens where reading goes on. */
export function Conversation(props: Props): ReactElement {
  const isKnown = useReads(({ isLoaded }) => isLoaded); // where reading goes on
  return isKnown ? <Opened key={props.id} {...props} /> : <Loading />;
}

function Opened(props: Props): ReactElement {
  const { id, target } = props;
  const { divider, openAt } = useReading(id);
  const around = target ?? openAt;
  const conversation = useConversations((all) => all[id]);
  useEffect(() => {
    const known = useConversations.getState()[id];
    const isThere = around === undefined || known?.around === around || known?.messages.some((message) => message.id === around);
    if (known === undefined || !isThere) void open(id, around);
  }, [id, around]);
  if (conversation === undefined || conversation.state === "loading") return <Loading />;
  if (conversation.state === "failed" && conversation.messages.length === 0) {
    return <LoadFailed text={conversation.error ?? ""} onRetry={() => void open(id)} />;
  }
  return <Rows {...props} divider={divider} />;
}

function Rows({ id, channelId, threadId, label, target, isPassedBy = false, divider, beginning, onThread, onPresent }: Props & { divider: Place | null }): ReactElement {
  const conversation = useConversations((all) => all[id]);
  const outbox = useOutbox();
  const scroller = useRef<HTMLDivElement>(null);
  const { messages = [], older = null, newer = null, error = null } = conversation ?? {};
  const isTargetGone = target !== undefined && conversation?.around === target && conversation.isTargetGone;
  const outgoing = useMemo(
    () => outbox.filter((entry) => entry.channelId === channelId && entry.threadId === threadId),
    [outbox, channelId, threadId],
  );
  const items = useMemo(
    () => itemsOf({ messages, outgoing: newer === null ? outgoing : [], isWhole: older === null, divider }),
    [messages, outgoing, newer, older, divider],
  );
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => items[index]?.key ?? index,
    estimateSize: (index) => (items[index]?.kind === "message" ? 84 : 44),
    overscan: 8,
    anchorTo: isSilent(items) ? "start" : "end",
    // In the middle of a history, what is loaded at its end is no news.
    followOnAppend: newer === null,
    scrollEndThreshold: NEAR_END_PX,
    paddingEnd: 12,
  });
  const { onScroll, pin } = useEndPin(scroller, NEAR_END_PX, newer === null);
  const isOpened = useOpening({ virtualizer, scroller, items, target, isPassedBy, pin, hasFailed: error !== null || isTargetGone, isEndLoaded: newer === null });
  const rows = virtualizer.getVirtualItems();
  const isAtEnd = virtualizer.isAtEnd(NEAR_END_PX) && newer === null;
  const lastFinished = useMemo(() => finishedUpTo(messages), [messages]);
  useEffect(() => {
    endSeen(id, isOpened && isAtEnd ? lastFinished : null);
  }, [id, isOpened, isAtEnd, lastFinished]);
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (!isOpened || error !== null) return;
    if (older !== null && first < NEAR_EDGE_ROWS) void loadOlder(id);
    if (newer !== null && last > items.length - NEAR_EDGE_ROWS) void loadNewer(id);
  }, [id, older, newer, error, first, last, items.length, isOpened]);
  const firstShown = shownFrom(items, first);
  const lastShown = shownUpTo(items, last);
  useEffect(() => {
    if (isOpened && firstShown && lastShown) look(id, { first: firstShown, last: lastShown, isAtEnd });
  }, [id, firstShown, lastShown, isAtEnd, isOpened]);
  useEffect(() => () => leave(id), [id]);
  const toPresent = useCallback(async () => {
    onPresent?.();
    if (useConversations.getState()[id]?.newer !== null) await open(id);
    pin(true);
    virtualizer.scrollToEnd();
  }, [id, onPresent, pin, virtualizer]);
  // What one writes stands at the end: go there.
  const isSendingElsewhere = newer !== null && outgoing.some(({ state }) => state === "sending");
  useEffect(() => {
    if (isSendingElsewhere) void toPresent();
  }, [isSendingElsewhere, toPresent]);
  const shownDay = isAtEnd ? null : dayAt(items, rows.find(({ end }) => end > (virtualizer.scrollOffset ?? 0))?.index);
  const keys = useRowKeys(scroller, items.length, (index) => virtualizer.scrollToIndex(index, { align: "auto" }));
  return (
    <div className="relative min-h-0 flex-1">
      <div ref={scroller} className="scroller" onScroll={onScroll} onKeyDown={keys.onKeyDown} role="region" aria-label={label} tabIndex={-1}>
        <div role="list" className="relative w-full" style={{ height: virtualizer.getTotalSize() }}>
          {rows.map(({ key, index, start }) => {
            const item = items[index];
            if (item === undefined) return null;
            return (
              <div
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                role="listitem"
                aria-posinset={index + 1}
                aria-setsize={items.length}
                tabIndex={index === Math.min(keys.active ?? items.length - 1, items.length - 1) ? 0 : -1}
                onFocus={() => keys.enter(index)}
                onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || keys.leave()}
                className="absolute left-0 w-full list-row px-2 sm:px-4"
                // Not a transform: after a jump, browsers sometimes leave transformed rows unpainted.
                style={{ top: start }}
              >
                <Row item={item} isCurrent={keys.focused === index} target={target} onThread={onThread} beginning={beginning} />
              </div>
            );
          })}
        </div>
      </div>
      {error !== null && (
        <div role="alert" className="absolute inset-x-0 top-0 flex flex-wrap items-center justify-center gap-3 border-b border-danger/40 bg-panel px-4 py-1.5 text-sm text-danger">
          {error}
          <Button size="small" icon="retry" onClick={() => void open(id)}>Load again</Button>
        </div>
      )}
      {shownDay && !isTargetGone && <p aria-hidden="true" className="day-pill">{dayName(shownDay)}</p>}
      {isTargetGone && (
        <p role="status" className="absolute inset-x-0 top-0 border-b border-line bg-panel px-4 py-1.5 text-center text-sm text-soft">
          That message isn't here any more.
        </p>
      )}
      {!isAtEnd && !isSilent(items) && (
        <Button icon="down" className="absolute right-5 bottom-3 z-10 rounded-full shadow-lg shadow-black/60" onClick={() => void toPresent()}>
          {newer === null ? "Newest" : "Jump to present"}
        </Button>
      )}
    </div>
  );
}

interface RowProps {
  item: Item;
  isCurrent: boolean;
  target: string | undefined;
  onThread: ((messageId: string) => void) | undefined;
  beginning: ReactNode;
}

function Row({ item, isCurrent, target, onThread, beginning }: RowProps): ReactElement {
  switch (item.kind) {
    case "beginning":
      return <>{beginning}</>;
    case "day":
      return (
        <div role="separator" aria-label={dayName(item.date)} className="rule">
          <span>{dayName(item.date)}</span>
        </div>
      );
    case "unread":
      return <div role="separator" aria-label="New messages" className="rule rule-new"><span>New</span></div>;
    case "message":
      return <MessageRow message={item.message} joins={item.joins} isTarget={item.key === target} isCurrent={isCurrent} onThread={onThread} />;
    case "outgoing":
      return <OutgoingRow outgoing={item.outgoing} joins={item.joins} />;
  }
}

function shownFrom(items: readonly Item[], index: number): string | undefined {
  return items.slice(index).find(({ kind }) => kind === "message")?.key;
}

function shownUpTo(items: readonly Item[], index: number): string | undefined {
  return items.slice(0, index + 1).findLast(({ kind }) => kind === "message")?.key;
}

/** Returns the day of a row that does not tell it itself. */
function dayAt(items: readonly Item[], index: number | undefined): Date | null {
  const item = index === undefined ? undefined : items[index];
  return item?.kind === "message" ? new Date(item.message.created_at) : null;
}
