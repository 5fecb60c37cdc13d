import { useState, type ReactElement } from "react";
import type { SavedWorkflow, Trigger, TriggerWithSecret } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Icon } from "@/ui/Icon";
import { useUnsaved } from "@/ui/unsaved";
import { ChannelField, useChannelOr } from "../saved/ChannelField";
import { useSubmit } from "../useSubmit";
import { FixedFields } from "./FixedFields";
import { changedFields, changesOf, fieldsOf, requestOf, valuesOf, type Values } from "./form";
import { MessageFields } from "./MessageFields";
import { changeTrigger, makeTrigger } from "./queries";
import { ScheduleFields } from "./ScheduleFields";
import { KINDS, type Kind } from "./words";
import "./triggers.css";

interface Props {
  saved: SavedWorkflow;
  /** The trigger that is changed; null makes one. */
  trigger: Trigger | null;
  onClose: () => void;
  onMade: (trigger: TriggerWithSecret) => void;
}

export function TriggerDialog(props: Props): ReactElement {
  const { saved, trigger, onClose } = props;
  return (
    <Dialog title={trigger ? "Edit the trigger" : "New trigger"} description={`What lets “${saved.name}” run by itself.`} open wide onClose={onClose}>
      <Form {...props} />
    </Dialog>
  );
}

function Form({ saved, trigger, onClose, onMade }: Props): ReactElement {
  const [initial] = useState(() => valuesOf(trigger));
  const [typed, setValues] = useState(initial);
  const channel = useChannelOr(undefined);
  const values = { ...typed, channelId: typed.channelId || (channel?.id ?? "") };
  const { isBusy, fields, refusal, submit, forget } = useSubmit();
  const set = (change: Partial<Values>): void => {
    setValues({ ...typed, ...change });
    forget(changedFields(change));
  };
  const note = refusal(fieldsOf(values, saved.parameters.map(({ name }) => name)));
  useUnsaved(typed !== initial);
  const store = async (): Promise<void> => {
    if (trigger === null) return onMade(await makeTrigger(requestOf(values, saved)));
    await changeTrigger(trigger.id, changesOf(values));
    onClose();
  };
  return (
    <form noValidate className="grid gap-5" onSubmit={(event) => submit(event, store)}>
      {trigger === null && <KindChoice value={values.kind} onChange={(kind) => set({ kind })} />}
      {values.kind === "schedule" && <ScheduleFields values={values} errors={fields} onChange={set} />}
      {values.kind === "message" && <MessageFields values={values} names={saved.parameters.map(({ name }) => name)} errors={fields} onChange={set} />}
      {values.kind === "webhook" && trigger === null && <p className="text-sm text-soft">It gets an address and a secret. You see both once it is made, with an example of a call.</p>}
      <ChannelField value={values.channelId} error={fields.get("channel_id")} hint={values.kind === "message" ? "Where messages are looked at, and the plan appears." : "Where the plan appears."} onChange={(channelId) => set({ channelId })} />
      <FixedFields parameters={saved.parameters} values={values} errors={fields} onChange={set} />
      <label className="flex w-fit items-baseline gap-2.5 text-sm">
        <input type="checkbox" className="accent-cyan" checked={values.starts} onChange={(event) => set({ starts: event.target.checked })} />
        <span>Start at once <span className="text-faint">Otherwise each plan waits for somebody’s approval.</span></span>
      </label>
      <div className="flex flex-wrap items-center justify-end gap-2">
        {note && <p role="alert" className="min-w-0 flex-1 basis-48 text-sm text-danger wrap-anywhere">{note}</p>}
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={isBusy}>{isBusy ? "Saving…" : trigger ? "Save" : "Create"}</Button>
      </div>
    </form>
  );
}

function KindChoice({ value, onChange }: { value: Kind; onChange: (kind: Kind) => void }): ReactElement {
  return (
    <fieldset className="trigger-kinds">
      <legend className="mb-2 text-sm font-medium">It runs</legend>
      {Object.entries(KINDS).map(([kind, { label, hint, icon }]) => (
        <label key={kind}>
          <input type="radio" name="trigger-kind" className="accent-cyan" checked={kind === value} onChange={() => onChange(kind as Kind)} />
          <span className="text-sm font-medium">{label}</span>
          <Icon name={icon} className="size-4 text-faint" />
          <span className="text-xs text-faint">{hint}</span>
        </label>
      ))}
    </fieldset>
  );
}
