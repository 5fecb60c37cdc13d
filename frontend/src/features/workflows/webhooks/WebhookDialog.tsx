import { useQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import type { Webhook, WebhookWithSecret } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { ChannelField } from "../saved/ChannelField";
import { savedListQuery } from "../saved/queries";
import { useSubmit } from "../useSubmit";
import { changeWebhook, makeWebhook } from "./queries";
import { ENDINGS, type Ended } from "./words";

interface Props {
  /** The webhook that is changed; null makes one. */
  webhook: Webhook | null;
  onClose: () => void;
  onMade: (webhook: WebhookWithSecret) => void;
}

export function WebhookDialog(props: Props): ReactElement {
  return (
    <Dialog title={props.webhook ? "Edit the webhook" : "New webhook"} description="An address of another program, which is called when workflows end." open onClose={props.onClose}>
      <Form {...props} />
    </Dialog>
  );
}

function Form({ webhook, onClose, onMade }: Props): ReactElement {
  const saved = useQuery(savedListQuery).data?.filter(({ is_demo: isDemo }) => !isDemo) ?? [];
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [statuses, setStatuses] = useState<readonly Ended[]>(webhook?.statuses ?? ENDINGS);
  const [channelId, setChannelId] = useState("");
  const [savedId, setSavedId] = useState("");
  const { isBusy, fields, refusal, submit } = useSubmit();
  const note = refusal(["url", "statuses", "channel_id", "saved_workflow_id"]);
  const store = async (): Promise<void> => {
    const told = { url, statuses: [...statuses] };
    if (webhook === null) return onMade(await makeWebhook({ ...told, channel_id: channelId || null, saved_workflow_id: savedId || null, is_active: true }));
    await changeWebhook(webhook.id, told);
    onClose();
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={(event) => submit(event, store)}>
      <Field label="Address" error={fields.get("url")}>
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog is opened to write here */}
        {(wiring) => <input {...wiring} autoFocus type="url" className="field" autoComplete="off" spellCheck={false} maxLength={2_000} placeholder="https://example.com/hook" value={url} onChange={(event) => setUrl(event.target.value)} />}
      </Field>
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium">It is told of workflows that are</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-1.5">
          {ENDINGS.map((status) => (
            <label key={status} className="flex items-baseline gap-2 text-sm">
              <input type="checkbox" className="accent-cyan" checked={statuses.includes(status)} onChange={(event) => setStatuses(event.target.checked ? [...statuses, status] : statuses.filter((one) => one !== status))} />
              {status}
            </label>
          ))}
        </div>
        {fields.has("statuses") && <p role="alert" className="mt-1.5 text-sm text-danger">{fields.get("statuses")}</p>}
      </fieldset>
      {webhook === null && (
        <>
          <ChannelField value={channelId} none="All channels" error={fields.get("channel_id")} onChange={setChannelId} />
          {saved.length > 0 && (
            <Field label="Made of" error={fields.get("saved_workflow_id")}>
              {(wiring) => (
                <select {...wiring} className="field h-10" value={savedId} onChange={(event) => setSavedId(event.target.value)}>
                  <option value="">Any plan</option>
                  {saved.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
                </select>
              )}
            </Field>
          )}
        </>
      )}
      {note && <p role="alert" className="text-sm text-danger wrap-anywhere">{note}</p>}
      <div className="flex flex-wrap justify-end gap-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={isBusy || url.trim() === "" || statuses.length === 0}>{isBusy ? "Saving…" : webhook ? "Save" : "Create"}</Button>
      </div>
    </form>
  );
}
