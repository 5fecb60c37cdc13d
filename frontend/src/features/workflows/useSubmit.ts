import { useEffect, useRef, useState, type FormEvent } from "react";
import { ApiError, sentence } from "@/api/problem";

const NONE: ReadonlyMap<string, string> = new Map();

interface Submit {
  isBusy: boolean;
  /** What was refused, by the field as the API names it. */
  fields: ReadonlyMap<string, string>;
  /** What to say beneath the form: what stands at none of the fields that it shows, else that fields need a change. */
  refusal: (shown: readonly string[]) => string | null;
  submit: (event: FormEvent<HTMLFormElement>, act: () => Promise<void>) => void;
}

/** Sends a form, once at a time, and keeps what was refused of it; the first field of that gets the focus. */
export function useSubmit(): Submit {
  const [isBusy, setIsBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const fields = refused instanceof ApiError ? named(refused.fields) : NONE;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (refused !== null) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [refused]);
  const send = async (act: () => Promise<void>): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    setRefused(null);
    try {
      await act();
    } catch (error) {
      setRefused(error);
    } finally {
      setIsBusy(false);
    }
  };
  const submit = (event: FormEvent<HTMLFormElement>, act: () => Promise<void>): void => {
    event.preventDefault();
    form.current = event.currentTarget;
    void send(act);
  };
  const refusal = (shown: readonly string[]): string | null => {
    if (refused === null) return null;
    const isAllShown = fields.size > 0 && [...fields.keys()].every((field) => shown.includes(field));
    return isAllShown ? "Some fields need a change; each says which." : sentence(refused);
  };
  return { isBusy, fields, refusal, submit };
}

/** Returns fields without the kind of a trigger in their names, which only some refusals have. */
function named(fields: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...fields].map(([field, message]) => [field.replace(/^settings\.(?:schedule|message|webhook)\./, "settings."), message]));
}
