import { api, body } from "@/api/client";
import { ApiError, sentence } from "@/api/problem";
import { fileLimitsQuery, queryClient } from "@/api/queries";
import type { FileInfo, FileLimits } from "@/api/types";
import { sizeText } from "@/ui/sizeText";
import { notify } from "@/ui/toast";
import { of, put, type Attachment } from "./attachments";
import { upload } from "./upload";

interface Job {
  draftKey: string;
  channelId: string;
  source: File;
  stop: AbortController;
}

// The browser holds few connections to a server, and the page needs some of them.
const SENT_AT_ONCE = 2;

const jobs = new Map<string, Job>();
const waiting: string[] = [];
let sending = 0;
let lastKey = 0;

/** Begins to send files for a draft. What can't be attached is shown as that, with the reason. */
export async function sendFiles(draftKey: string, channelId: string, files: readonly File[]): Promise<void> {
  const limits = await queryClient.ensureQueryData(fileLimitsQuery).catch(() => null); // then the server refuses
  const room = (limits?.max_files ?? Infinity) - of(draftKey).length;
  if (files.length > room) notify(`A message can have ${limits?.max_files} files. What is beyond that was left out.`);
  for (const source of files.slice(0, Math.max(0, room))) add(draftKey, channelId, source, limits);
  sendNext();
}

/** Takes a file out of the draft, wherever it is on its way. */
export function remove(draftKey: string, key: string): void {
  const found = of(draftKey).find((attachment) => attachment.key === key);
  jobs.get(key)?.stop.abort();
  jobs.delete(key);
  put(draftKey, of(draftKey).filter((attachment) => attachment !== found));
  if (!found?.file) return;
  // What is not deleted here is cleared away by the server within a day.
  api.DELETE("/api/files/{file_id}", { params: { path: { file_id: found.file.id } } }).catch(() => undefined);
}

export function retry(draftKey: string, key: string): void {
  change(draftKey, key, { state: "waiting", part: 0, error: null });
  waiting.push(key);
  sendNext();
}

/** Shows files that a draft has already, as far as the server still has them. */
export async function bringBack(draftKey: string, kept: readonly FileInfo[]): Promise<void> {
  put(draftKey, kept.map(thereAlready));
  const gone = await Promise.all(kept.map(isGone));
  put(draftKey, of(draftKey).filter(({ file }) => file === null || !gone.includes(file.id)));
}

function change(draftKey: string, key: string, to: Partial<Attachment>): void {
  const at = of(draftKey).findIndex((attachment) => attachment.key === key);
  const found = of(draftKey)[at];
  if (found) put(draftKey, of(draftKey).with(at, { ...found, ...to })); // else it was removed
}

function add(draftKey: string, channelId: string, source: File, limits: FileLimits | null): void {
  lastKey += 1;
  const key = `file-${lastKey}`;
  const error = refusal(source, limits);
  const state = error === null ? "waiting" : "failed";
  put(draftKey, [...of(draftKey), { key, name: source.name, size: source.size, state, part: 0, error, canRetry: false, file: null }]);
  if (error !== null) return;
  jobs.set(key, { draftKey, channelId, source, stop: new AbortController() });
  waiting.push(key);
}

function refusal({ size }: File, limits: FileLimits | null): string | null {
  if (size === 0) return "It is empty, or a folder.";
  if (limits === null || size <= limits.max_file_size) return null;
  return `It has ${sizeText(size)}; at most ${sizeText(limits.max_file_size)} can be attached.`;
}

function sendNext(): void {
  while (sending < SENT_AT_ONCE) {
    const key = waiting.shift();
    if (key === undefined) return;
    const job = jobs.get(key);
    if (job === undefined) continue; // it was removed
    sending += 1;
    void send(key, job).finally(() => {
      sending -= 1;
      sendNext();
    });
  }
}

async function send(key: string, { draftKey, channelId, source, stop }: Job): Promise<void> {
  change(draftKey, key, { state: "sending" });
  const stopped = new Promise<null>((resolve) => stop.signal.addEventListener("abort", () => resolve(null)));
  try {
    const sent = upload(channelId, source, (part) => change(draftKey, key, { part }), stop.signal);
    const file = await Promise.race([sent, stopped]);
    if (file === null) return;
    jobs.delete(key);
    change(draftKey, key, { state: "there", part: 1, file, name: file.name });
  } catch (error) {
    const canRetry = error instanceof ApiError && error.isPassing;
    change(draftKey, key, { state: "failed", error: sentence(error), canRetry });
  }
}

function thereAlready(file: FileInfo): Attachment {
  return { key: file.id, name: file.name, size: file.size, state: "there", part: 1, error: null, canRetry: false, file };
}

/** Returns the id of a file that the server has no more. */
async function isGone({ id }: FileInfo): Promise<string | null> {
  try {
    await body(api.GET("/api/files/{file_id}", { params: { path: { file_id: id } } }));
    return null;
  } catch (error) {
    return error instanceof ApiError && error.status === 404 ? id : null;
  }
}
