import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Channel } from "@/api/types";
import { archiveChannel, clearChannel } from "@/features/channels/clear";
import { Button, IconButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { notify } from "@/ui/toast";

const PlansSetting = lazy(() => import("@/features/channels/PlansSetting").then((module) => ({ default: module.PlansSetting })));

/** What can be done with a channel. */
export function ChannelMenu({ channel }: { channel: Channel }): ReactElement {
  const [isAsking, setIsAsking] = useState(false);
  const [isSetting, setIsSetting] = useState(false);
  const navigate = useNavigate();
  const clear = (): void => {
    clearChannel(channel.id).then(
      () => notify("Agents start afresh here. What was said stays visible."),
      (error: unknown) => notify(sentence(error)),
    );
  };
  const archive = async (): Promise<void> => {
    try {
      await archiveChannel(channel.id);
      await navigate({ to: "/" });
    } catch (error) {
      notify(sentence(error));
    }
  };
  return (
    <>
      <IconButton icon="spark" label="Let agents start afresh" onClick={clear} />
      <IconButton icon="workflow" label="How plans start here" onClick={() => setIsSetting(true)} />
      <IconButton icon="archive" label="Archive this channel" onClick={() => setIsAsking(true)} />
      <Dialog title={`Plans in ${channel.name}`} open={isSetting} onClose={() => setIsSetting(false)}>
        <Suspense fallback={null}><PlansSetting channel={channel} /></Suspense>
      </Dialog>
      <Dialog
        title={`Archive ${channel.name}?`}
        description="It leaves the sidebar, and agents at work in it stop. Its messages are kept."
        open={isAsking}
        onClose={() => setIsAsking(false)}
      >
        <div className="flex justify-end gap-2 pt-2">
          <Button kind="ghost" onClick={() => setIsAsking(false)}>Cancel</Button>
          <Button kind="danger" icon="archive" onClick={() => void archive()}>Archive</Button>
        </div>
      </Dialog>
    </>
  );
}
