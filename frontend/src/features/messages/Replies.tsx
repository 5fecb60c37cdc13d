import type { ReactElement } from "react";
import type { Message } from "@/api/types";
import { MANY, useUnreadReplies } from "@/realtime/reads";
import { Icon } from "@/ui/Icon";
import { fullTime, whenOf } from "./times";

/** What a message tells of the thread that hangs on it, and the way into it. */
export function Replies({ message, onOpen }: { message: Message; onOpen: (id: string) => void }): ReactElement | null {
  const unread = useUnreadReplies(message.channel_id, message.id);
  const { reply_count: count = 0, last_reply_at: last } = message;
  if (count === 0) return null;
  return (
    <div>
      <button type="button" className="replies" onClick={() => onOpen(message.id)}>
        <Icon name="thread" className="size-3.5" />
        <span>{count === 1 ? "1 reply" : `${count} replies`}</span>
        {last && <span className="font-normal text-faint" title={fullTime(last)}>last {whenOf(last)}</span>}
        {unread > 0 && <span className="rounded-full bg-magenta px-1.5 text-xs leading-4.5 font-bold text-black">{unread >= MANY ? `${MANY - 1}+` : unread} new</span>}
      </button>
    </div>
  );
}
