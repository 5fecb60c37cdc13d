import { lazy, Suspense, useState, type ReactElement } from "react";
import type { Channel } from "@/api/types";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/Icon";
import { useMembers } from "./members";

const MemberList = lazy(() => import("./MemberList").then((module) => ({ default: module.MemberList })));

/** How many agents are members of a channel; opens the list of them. */
export function MembersButton({ channel }: { channel: Channel }): ReactElement {
  const members = useMembers(channel.id);
  const [isOpen, setIsOpen] = useState(false);
  const label = members.length === 1 ? "1 member" : `${members.length} members`;
  return (
    <>
      <button
        type="button"
        aria-label={`${label}, show them`}
        title={members.length === 0 ? "Members" : members.map(({ name }) => name).join(", ")}
        onClick={() => setIsOpen(true)}
        className="inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-sm text-soft tabular-nums transition-colors hover:bg-hover hover:text-text"
      >
        <Icon name="agents" />
        {members.length > 0 && members.length}
      </button>
      <Dialog
        title={`Members of ${channel.name}`}
        description="They are offered first after an @. Any other agent answers here, too, when it is mentioned."
        open={isOpen}
        onClose={() => setIsOpen(false)}
      >
        <Suspense fallback={null}><MemberList channelId={channel.id} /></Suspense>
      </Dialog>
    </>
  );
}
