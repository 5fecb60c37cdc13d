import { useState, type ReactElement } from "react";
import { RULES } from "@/api/generated/rules";
import { useChannels } from "@/api/hooks";
import { ApiError, sentence } from "@/api/problem";
import type { Collection } from "@/api/types";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { createCollection, updateCollection } from "./sharing";

const NONE: ReadonlyMap<string, string> = new Map();
const { name: NAME, description: DESCRIPTION } = RULES.CollectionCreate;

interface Props {
  /** The collection that is changed; null makes one. */
  collection: Collection | null;
  onClose: () => void;
  onSaved: (collection: Collection) => void;
}

export function CollectionDialog(props: Props): ReactElement {
  const title = props.collection ? "Edit the collection" : "New collection";
  return (
    <Dialog title={title} description="Memories that several agents may read. None does before you let it." open onClose={props.onClose}>
      <Form {...props} />
    </Dialog>
  );
}

function Form({ collection, onClose, onSaved }: Props): ReactElement {
  const channels = useChannels().filter(({ kind }) => kind === "channel");
  const [name, setName] = useState(collection?.name ?? "");
  const [description, setDescription] = useState(collection?.description ?? "");
  const [channelId, setChannelId] = useState("");
  const [refused, setRefused] = useState<unknown>(null);
  const [isBusy, setIsBusy] = useState(false);
  const fields = refused instanceof ApiError ? refused.fields : NONE;
  const save = async (): Promise<void> => {
    setIsBusy(true);
    setRefused(null);
    try {
      const words = { name, description };
      onSaved(await (collection ? updateCollection(collection.id, words) : createCollection({ ...words, channel_id: channelId === "" ? null : channelId })));
    } catch (error) {
      setRefused(error);
      setIsBusy(false);
    }
  };
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field label="Name" error={fields.get("name")}>
        {(wiring) => <input {...wiring} className="field" autoComplete="off" maxLength={NAME.maxLength} placeholder="House rules" value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Description" hint="What belongs in it." error={fields.get("description")}>
        {(wiring) => <textarea {...wiring} className="field" rows={2} maxLength={DESCRIPTION.maxLength} value={description} onChange={(event) => setDescription(event.target.value)} />}
      </Field>
      {collection === null && (
        <Field label="Channel" hint="With one, it is read only in answers there, and deleted with it. This can't be changed later." error={fields.get("channel_id")}>
          {(wiring) => (
            <select {...wiring} className="field h-10" value={channelId} onChange={(event) => setChannelId(event.target.value)}>
              <option value="">None: read everywhere</option>
              {channels.map((channel) => <option key={channel.id} value={channel.id}>#{channel.name}</option>)}
            </select>
          )}
        </Field>
      )}
      {refused !== null && fields.size === 0 && <p role="alert" className="text-sm text-danger">{sentence(refused)}</p>}
      <div className="flex justify-end gap-2">
        <Button kind="ghost" onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={isBusy || name.trim() === ""}>{collection ? "Save" : "Create"}</Button>
      </div>
    </form>
  );
}
