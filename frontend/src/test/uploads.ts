import { vi } from "vitest";
import type { FileInfo } from "@/api/types";

/** A file as the server tells of it. */
export function fileInfo(change: Partial<FileInfo> = {}): FileInfo {
  return { id: "f1", name: "notes.txt", media_type: "text/plain", size: 5, width: null, height: null, created_at: "2026-01-01T12:00:00Z", ...change };
}

/** An upload as the browser holds it. */
export class FakeRequest extends EventTarget {
  static all: FakeRequest[] = [];
  readonly upload = new EventTarget();
  status = 0;
  responseText = "";
  address = "";
  sent: File | undefined;
  isAborted = false;

  constructor() {
    super();
    FakeRequest.all.push(this);
  }

  open(_method: string, address: string): void {
    this.address = address;
  }

  setRequestHeader(): void {}

  send(file: File): void {
    this.sent = file;
  }

  abort(): void {
    this.isAborted = true;
  }

  progress(loaded: number, total: number): void {
    this.upload.dispatchEvent(Object.assign(new Event("progress"), { loaded, total }));
  }

  answer(status: number, body: unknown): void {
    this.status = status;
    this.responseText = typeof body === "string" ? body : JSON.stringify(body);
    this.dispatchEvent(new Event("load"));
  }

  fail(): void {
    this.dispatchEvent(new Event("error"));
  }
}

/** Lets nothing reach a server: uploads wait for what the test answers, other requests get `respond`. */
export function scriptUploads(respond: (request: Request) => Response): void {
  FakeRequest.all = [];
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  vi.stubGlobal("fetch", async (request: Request) => respond(request));
}
