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
  /** Drops what was refused of fields that have been changed since. */
  forget: (changed: readonly string[]) => void;
}

/** Sends a form, once at a time, and keeps what was refused of it; the first field of that gets the focus. */
export function useSubmit(): Submit {
  const [isBusy, setIsBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const [forgotten, setForgotten] = useState<readonly string[]>([]);
  const refusedAtFirst = refusedFields(refused);
  const fields = new Map([...refusedAtFirst].filter(([field]) => !forgotten.includes(field)));
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (refused !== null) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [refused]);
  const send = async (act: () => Promise<void>): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    setRefused(null);
    setForgotten([]);
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
    if (refused === null || (refusedAtFirst.size > 0 && fields.size === 0)) return null;
    const isAllShown = fields.size > 0 && [...fields.keys()].every((field) => shown.includes(field));
    return isAllShown ? "Some fields need a change; each says which." : sentence(refused);
  };
  const forget = (changed: readonly string[]): void => {
    if (changed.some((field) => fields.has(field))) setForgotten([...forgotten, ...changed]);
  };
  return { isBusy, fields, refusal, submit, forget };
}

/** Returns what was refused by its field, without the kind of a trigger in the names, which only some refusals have. */
export function refusedFields(error: unknown): ReadonlyMap<string, string> {
  if (!(error instanceof ApiError)) return NONE;
  return new Map([...error.fields].map(([field, message]) => [field.replace(/^settings\.(?:schedule|message|webhook)\./, "settings."), message]));
}
