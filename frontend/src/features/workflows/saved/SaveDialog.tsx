import { useState, type ReactElement } from "react";
import { RULES } from "@/api/generated/rules";
import type { SavedWorkflow, Workflow } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { useSubmit } from "../useSubmit";
import { ParameterRows } from "./ParameterRows";
import { parametersFor, placeholdersOf } from "./placeholders";
import { saveAs } from "./queries";
import "./saved.css";

const { name: NAME, description: DESCRIPTION } = RULES.SavedWorkflowCreate;

interface Props {
  workflow: Workflow;
  onClose: () => void;
  onSaved: (saved: SavedWorkflow) => void;
}

/** Keeps the plan of a workflow under a name, to make others of it. */
export function SaveDialog(props: Props): ReactElement {
  return (
    <Dialog title="Save this plan as…" description="It is kept with its tasks and agents, without their answers, to be used again and again." open wide onClose={props.onClose}>
      <Form {...props} />
    </Dialog>
  );
}

function Form({ workflow, onClose, onSaved }: Props): ReactElement {
  const [name, setName] = useState(() => [...workflow.title].slice(0, NAME.maxLength).join(""));
  const [description, setDescription] = useState("");
  const [parameters, setParameters] = useState(() => parametersFor(placeholdersOf(workflow), []));
  const { isBusy, fields, refusal, submit } = useSubmit();
  const note = refusal(["name", "description"]);
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => submit(event, async () => onSaved(await saveAs(workflow.id, { name, description, parameters })))}
    >
      <Field label="Name" error={fields.get("name")}>
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog is opened to write here */}
        {(wiring) => <input {...wiring} autoFocus className="field" autoComplete="off" maxLength={NAME.maxLength} value={name} onChange={(event) => setName(event.target.value)} onFocus={(event) => event.currentTarget.select()} />}
      </Field>
      <Field label="Description" hint="What it is good for." error={fields.get("description")}>
        {(wiring) => <textarea {...wiring} className="field" rows={2} maxLength={DESCRIPTION.maxLength} value={description} onChange={(event) => setDescription(event.target.value)} />}
      </Field>
      {parameters.length > 0 ? (
        <ParameterRows parameters={parameters} errors={fields} onChange={setParameters} />
      ) : (
        <p className="text-sm text-faint">
          What differs from time to time can be asked for: once it is saved, edit it and write{" "}
          <code className="rounded bg-raised px-1 font-mono text-text">{"{{week}}"}</code> where the week should stand.
        </p>
      )}
      {note && <p role="alert" className="text-sm text-danger wrap-anywhere">{note}</p>}
      <div className="flex flex-wrap justify-end gap-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" icon="check" disabled={isBusy || name.trim() === ""}>{isBusy ? "Saving…" : "Save"}</Button>
      </div>
    </form>
  );
}
