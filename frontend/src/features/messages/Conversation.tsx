import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactElement, type ReactNode, type RefObject } from "react";
import { loadNewer, loadOlder, open, useConversations } from "@/realtime/conversations";
import { useOutbox } from "@/realtime/outbox";
import { Button } from "@/ui/Button";
import { itemsOf, type Item } from "./items";
import { MessageRow } from "./MessageRow";
import { OutgoingRow } from "./OutgoingRow";
import { Loading, LoadFailed } from "./states";
import { dayName } from "./times";
import { useEndPin } from "./useEndPin";
import { useRowKeys } from "./useRowKeys";

const NEAR_END_PX = 80;
const NEAR_START_ROWS = 12;

interface Props {
  /** The channel's id, or `thread:` and the message's. */
  id: string;
  channelId: string;
  threadId: string | null;
  label: string;
  /** The message that the address points to. */
  target?: string | undefined;
  /** The last message that was read; behind it the new ones begin. */
  lastRead?: string | null;
  /** Whether so much is unread that the newest messages would not show where it begins. */
  isFarBehind?: boolean;
  beginning: ReactNode;
  onThread?: (messageId: string) => void;
  /** Called with the last message whenever the user sees the end. */
  onEndSeen?: (messageId: string) => void;
}

/** The messages of a channel or thread, of any number; opens where reading goes on. */
export function Conversation(props: Props): ReactElement {
  const { id, target, lastRead, isFarBehind = false } = props;
  const around = target ?? (isFarBehind && lastRead ? lastRead : undefined);
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
  return <Rows key={id} {...props} />;
}

function Rows({ id, channelId, threadId, label, target, lastRead = null, beginning, onThread, onEndSeen }: Props): ReactElement {
  const conversation = useConversations((all) => all[id]);
  const outbox = useOutbox();
  const scroller = useRef<HTMLDivElement>(null);
  const [readBefore] = useState(lastRead);
  const { messages = [], older = null, newer = null, error = null } = conversation ?? {};
  const items = useMemo(() => {
    const outgoing = outbox.filter((entry) => entry.channelId === channelId && entry.threadId === threadId);
    return itemsOf({ messages, outgoing, isWhole: older === null, lastRead: readBefore });
  }, [messages, outbox, older, channelId, threadId, readBefore]);
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => items[index]?.key ?? index,
    estimateSize: (index) => (items[index]?.kind === "message" ? 84 : 44),
    overscan: 8,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: NEAR_END_PX,
    paddingEnd: 12,
  });
  const { onScroll, pin } = useEndPin(scroller, NEAR_END_PX);
  const isOpened = useOpening({ virtualizer, items, target, pin, hasFailed: error !== null });
  const rows = virtualizer.getVirtualItems();
  const isAtEnd = virtualizer.isAtEnd(NEAR_END_PX) && newer === null;
  const lastId = messages.at(-1)?.id;
  useEffect(() => {
    if (isAtEnd && lastId !== undefined) onEndSeen?.(lastId);
  }, [isAtEnd, lastId, onEndSeen]);
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (!isOpened.current || error !== null) return;
    if (older !== null && first < NEAR_START_ROWS) void loadOlder(id);
    if (newer !== null && last > items.length - NEAR_START_ROWS) void loadNewer(id);
  }, [id, older, newer, error, first, last, items.length, isOpened]);
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
      {!isAtEnd && items.length > 0 && (
        <Button
          icon="down"
          className="absolute right-5 bottom-3 rounded-full shadow-lg shadow-black/60"
          onClick={() => {
            if (newer !== null) void open(id);
            else {
              pin(true);
              virtualizer.scrollToEnd();
            }
          }}
        >
          Newest
        </Button>
      )}
    </div>
  );
}

interface Opening {
  virtualizer: ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>;
  items: readonly Item[];
  target: string | undefined;
  pin: (isPinned: boolean) => void;
  /** Whether the target could not be loaded. */
  hasFailed: boolean;
}

/**
 * Scrolls to where reading goes on: the message of the address, the first unread one, or the end. Returns whether that
 * has happened, before which nothing more should be loaded.
 */
function useOpening({ virtualizer, items, target, pin, hasFailed }: Opening): RefObject<boolean> {
  const done = useRef<string | null>(null);
  const isOpened = useRef(false);
  useLayoutEffect(() => {
    const wanted = target ?? "end";
    if (items.length === 0 || done.current === wanted) return;
    const at = items.findIndex((item) => item.key === (target ?? "unread"));
    if (target !== undefined && at === -1 && !hasFailed) return;
    done.current = wanted;
    isOpened.current = true;
    pin(at === -1);
    if (at === -1) virtualizer.scrollToEnd();
    else virtualizer.scrollToIndex(at, { align: target === undefined ? "start" : "center" });
  }, [virtualizer, items, target, pin, hasFailed]);
  return isOpened;
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
