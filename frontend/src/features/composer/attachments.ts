import { create } from "zustand";
import type { FileInfo } from "@/api/types";
import { forget, keep, load } from "@/realtime/stored";

/** A file of a draft: on its way, there, or refused. `part` is how much has been sent, 0 to 1. */
export interface Attachment {
  key: string;
  name: string;
  size: number;
  state: "waiting" | "sending" | "there" | "failed";
  part: number;
  error: string | null;
  /** Whether sending it again can help. */
  canRetry: boolean;
  file: FileInfo | null;
}

const NONE: readonly Attachment[] = [];

const useDrafts = create<Readonly<Record<string, readonly Attachment[]>>>(() => ({}));

export function useAttachments(draftKey: string): readonly Attachment[] {
  return useDrafts((drafts) => drafts[draftKey] ?? NONE);
}

/** Begins to send files for a draft. How that is done is loaded when there is something to send. */
export async function attach(draftKey: string, channelId: string, files: readonly File[]): Promise<void> {
  const { sendFiles } = await import("./sending");
  await sendFiles(draftKey, channelId, files);
}

/** Brings back what a draft had before the page was loaded anew. */
export async function restore(draftKey: string): Promise<void> {
  const kept = load<FileInfo[]>(stored(draftKey), []);
  if (kept.length === 0 || of(draftKey).length > 0) return;
  const { bringBack } = await import("./sending");
  await bringBack(draftKey, kept);
}

/** Returns the draft's files, which are the message's from now on. All of them have to be there. */
export function take(draftKey: string): FileInfo[] {
  const files = of(draftKey).flatMap(({ file }) => file ?? []);
  put(draftKey, NONE);
  return files;
}

/** Returns why the draft can't be sent yet, null if it can. */
export function obstacle(attachments: readonly Attachment[]): string | null {
  const failed = attachments.find(({ state }) => state === "failed");
  if (failed) return `${failed.name} could not be attached. Try it again or remove it.`;
  const late = attachments.find(({ state }) => state !== "there");
  return late ? `${late.name} is still on its way. Wait a moment or remove it.` : null;
}

export const of = (draftKey: string): readonly Attachment[] => useDrafts.getState()[draftKey] ?? NONE;

/** Sets the files of a draft; those that are there are kept over a reload. */
export function put(draftKey: string, attachments: readonly Attachment[]): void {
  useDrafts.setState({ [draftKey]: attachments });
  const files = attachments.flatMap(({ file }) => file ?? []);
  if (files.length === 0) forget(stored(draftKey));
  else keep(stored(draftKey), files);
}

const stored = (draftKey: string): string => `files.${draftKey}`;
