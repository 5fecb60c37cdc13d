import { useRef, useState, type ReactElement } from "react";
import type { SavedWorkflow, Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { useSubmit } from "../useSubmit";
import { ChannelField, useChannelOr } from "./ChannelField";
import { ParameterFields } from "./ParameterFields";
import { defaultsOf } from "./placeholders";
import { makeWorkflow } from "./queries";
import "./saved.css";

interface Props {
  saved: SavedWorkflow;
  /** Where it is used, if that is chosen already. */
  channelId: string | undefined;
  onClose: () => void;
  onMade: (workflow: Workflow) => void;
}

/** Makes a workflow of a saved one: in which channel, with which values, and whether it starts at once. */
export function UseDialog(props: Props): ReactElement {
  return (
    <Dialog title={`Use “${props.saved.name}”`} description={props.saved.description} open onClose={props.onClose}>
      <Form {...props} />
    </Dialog>
  );
}

function Form({ saved, channelId, onClose, onMade }: Props): ReactElement {
  const [chosen, setChosen] = useState(channelId);
  const channel = useChannelOr(chosen);
  const [values, setValues] = useState(() => defaultsOf(saved.parameters));
  const [isStarted, setIsStarted] = useState<boolean | null>(null);
  const { isBusy, fields, refusal, submit } = useSubmit();
  const clientId = useRef<string>(crypto.randomUUID()); // a second try makes no second workflow
  const starts = isStarted ?? channel?.auto_run ?? false;
  const shown = ["channel_id", ...saved.parameters.map(({ name }) => `parameters.${name}`)];
  const note = refusal(shown);
  const make = async (): Promise<void> => {
    if (channel === undefined) return;
    onMade(await makeWorkflow(saved.id, { channel_id: channel.id, parameters: values, auto_start: starts, client_id: clientId.current }));
  };
  return (
    <form noValidate className="grid gap-4" onSubmit={(event) => submit(event, make)}>
      <ParameterFields parameters={saved.parameters} values={values} errors={fields} onChange={(name, value) => setValues({ ...values, [name]: value })} />
      <ChannelField value={channel?.id ?? ""} error={fields.get("channel_id")} hint="The plan appears there as a card, and the work is done in its thread." onChange={setChosen} />
      <label className="flex w-fit items-baseline gap-2.5 text-sm">
        <input type="checkbox" className="accent-cyan" checked={starts} onChange={(event) => setIsStarted(event.target.checked)} />
        <span>Start at once <span className="text-faint">Otherwise it waits for your approval.</span></span>
      </label>
      {note && <p role="alert" className="text-sm text-danger wrap-anywhere">{note}</p>}
      <div className="flex flex-wrap justify-end gap-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" icon="play" disabled={isBusy || channel === undefined}>{starts ? "Run it" : "Make the plan"}</Button>
      </div>
    </form>
  );
}
