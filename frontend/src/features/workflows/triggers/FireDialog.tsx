import { useRef, useState, type ReactElement } from "react";
import type { SavedWorkflow, Trigger } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ParameterFields } from "../saved/ParameterFields";
import { defaultsOf } from "../saved/placeholders";
import { useSubmit } from "../useSubmit";
import { fire } from "./queries";

interface Props {
  saved: SavedWorkflow;
  trigger: Trigger;
  onClose: () => void;
}

/** Lets a trigger fire now, with what else would come from outside. */
export function FireDialog(props: Props): ReactElement {
  return (
    <Dialog title="Fire it now?" description="It does what it does by itself, this once, whether it is on or off." open onClose={props.onClose}>
      <Form {...props} />
    </Dialog>
  );
}

function Form({ saved, trigger, onClose }: Props): ReactElement {
  const asked = saved.parameters.filter(({ name }) => !(name in trigger.parameters));
  const [values, setValues] = useState(() => defaultsOf(asked));
  const { isBusy, fields, refusal, submit } = useSubmit();
  const clientId = useRef<string>(crypto.randomUUID());
  const note = refusal(asked.map(({ name }) => `parameters.${name}`));
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => submit(event, async () => {
        await fire(trigger.id, values, clientId.current);
        onClose();
      })}
    >
      <ParameterFields parameters={asked} values={values} errors={fields} onChange={(name, value) => setValues({ ...values, [name]: value })} />
      {note && <p role="alert" className="text-sm text-danger wrap-anywhere">{note}</p>}
      <div className="flex flex-wrap justify-end gap-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" icon="play" disabled={isBusy}>Fire now</Button>
      </div>
    </form>
  );
}
