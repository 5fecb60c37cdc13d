import { useState, type ReactElement } from "react";
import type { Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { importPlan } from "../acts";
import { ChannelField, useChannelOr } from "../saved/ChannelField";
import { useSubmit } from "../useSubmit";

interface Props {
  /** The channel that is looked at. */
  channelId: string | undefined;
  onClose: () => void;
  onMade: (workflow: Workflow) => void;
}

/** Puts the plan of a file into a channel. */
export function ImportPlan(props: Props): ReactElement {
  return (
    <Dialog title="Import a plan" description="From a file that was exported from a workflow, here or elsewhere. It waits for your approval." open onClose={props.onClose}>
      <Form {...props} />
    </Dialog>
  );
}

function Form({ channelId, onClose, onMade }: Props): ReactElement {
  const [file, setFile] = useState<File | null>(null);
  const [chosen, setChosen] = useState(channelId);
  const channel = useChannelOr(chosen);
  const { isBusy, refusal, fields, submit } = useSubmit();
  const note = refusal(["channel_id"]);
  const take = async (): Promise<void> => {
    if (file && channel) onMade(await importPlan(file, channel.id));
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={(event) => submit(event, take)}>
      <Field label="File">
        {(wiring) => <input {...wiring} type="file" accept=".json,application/json" className="field" onChange={(event) => setFile(event.target.files?.[0] ?? null)} />}
      </Field>
      <ChannelField value={channel?.id ?? ""} error={fields.get("channel_id")} hint="The plan appears there as a card." onChange={setChosen} />
      {note && (
        <div role="alert" className="grid gap-1 text-sm text-danger wrap-anywhere">
          {fields.size === 0 ? <p>{note}</p> : [...fields].map(([field, message]) => <p key={field}>{field}: {message}</p>)}
        </div>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" icon="upload" disabled={isBusy || file === null || channel === undefined}>Import</Button>
      </div>
    </form>
  );
}
