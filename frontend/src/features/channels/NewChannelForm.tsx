import { useState, type ReactElement } from "react";
import { api, body } from "@/api/client";
import { ApiError, sentence } from "@/api/problem";
import { channelsQuery, queryClient } from "@/api/queries";
import type { Channel } from "@/api/types";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";

export interface Props {
  onClose: () => void;
  onCreated: (channel: Channel) => void;
}

export function NewChannelForm({ onClose, onCreated }: Props): ReactElement {
  const [name, setName] = useState("");
  const [topic, setTopic] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const fields = error instanceof ApiError ? error.fields : new Map<string, string>();
  const create = async (): Promise<void> => {
    setIsBusy(true);
    setError(null);
    try {
      const channel = await body(api.POST("/api/channels", { body: { name, topic } }));
      await queryClient.invalidateQueries(channelsQuery);
      onCreated(channel);
    } catch (refusal) {
      setError(refusal);
      setIsBusy(false);
    }
  };
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <Field label="Name" error={fields.get("name") ?? (error && fields.size === 0 ? sentence(error) : undefined)}>
        {(wiring) => <input {...wiring} className="field" value={name} maxLength={80} required placeholder="launch-plan" onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Topic" hint="What it is about; agents read it too." error={fields.get("topic")}>
        {(wiring) => <input {...wiring} className="field" value={topic} maxLength={500} onChange={(event) => setTopic(event.target.value)} />}
      </Field>
      <div className="flex justify-end gap-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={isBusy || name.trim() === ""}>Create</Button>
      </div>
    </form>
  );
}
