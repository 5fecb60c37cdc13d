import { useEffect, useRef, useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Message } from "@/api/types";
import { Button } from "@/ui/Button";
import { saveEdit, stopEditing, useEditing } from "./editing";

export function EditForm({ message }: { message: Message }): ReactElement {
  const draft = useEditing((state) => state.draft);
  const [refusal, setRefusal] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(-1, -1);
  }, []);
  const stop = (): void => stopEditing(field.current?.closest<HTMLElement>("[data-index]") ?? null);
  const save = (): void => {
    const text = draft.trim();
    if (text === "" && !message.files?.length) return setRefusal("A message can't be empty; delete it instead.");
    if (text === message.content) return stop();
    saveEdit(message.id, draft).then(stop, (error: unknown) => setRefusal(sentence(error)));
  };
  return (
    <form
      className="mt-1"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={field}
        aria-label="Edit the message"
        aria-invalid={refusal !== null}
        value={draft}
        rows={Math.min(12, draft.split("\n").length + 1)}
        onChange={(event) => useEditing.setState({ draft: event.target.value })}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Escape") {
            event.preventDefault();
            stop();
          }
          if (event.key !== "Enter" || event.shiftKey) return;
          event.preventDefault();
          save();
        }}
        className="field resize-y"
      />
      {refusal && <p role="alert" className="mt-1 text-sm text-danger">{refusal}</p>}
      <div className="mt-1.5 flex items-center gap-2">
        <Button type="submit" kind="primary" size="small">Save</Button>
        <Button kind="ghost" size="small" onClick={stop}>Cancel</Button>
        <span className="text-xs text-faint">Enter saves, Escape cancels</span>
      </div>
    </form>
  );
}
