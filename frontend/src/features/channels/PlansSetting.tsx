import { useId, useState, type ReactElement } from "react";
import { api, body } from "@/api/client";
import { sentence } from "@/api/problem";
import { channelsQuery, queryClient } from "@/api/queries";
import type { Channel } from "@/api/types";

/** Whether plans in a channel start as soon as they are made. */
export function PlansSetting({ channel }: { channel: Channel }): ReactElement {
  const id = useId();
  const [isBusy, setIsBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const set = async (isOn: boolean): Promise<void> => {
    setIsBusy(true);
    setRefusal(null);
    try {
      await body(api.PUT("/api/channels/{channel_id}", { params: { path: { channel_id: channel.id } }, body: { auto_run: isOn } }));
      await queryClient.invalidateQueries(channelsQuery);
    } catch (error) {
      setRefusal(sentence(error));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <div className="grid gap-2">
      <label className="flex w-fit items-baseline gap-2.5 font-medium">
        <input
          type="checkbox"
          className="accent-cyan"
          checked={channel.auto_run ?? false}
          aria-describedby={`${id}-note`}
          aria-disabled={isBusy}
          onChange={(event) => isBusy || void set(event.target.checked)}
        />
        Plans start without approval
      </label>
      <p id={`${id}-note`} className="text-sm text-soft">
        Off, a plan waits here as a card until somebody approves it. On, it runs as soon as it is made. Plans from a file, and plans that an agent asked for, always wait.
      </p>
      {refusal && <p role="alert" className="text-sm text-danger">{refusal}</p>}
    </div>
  );
}
