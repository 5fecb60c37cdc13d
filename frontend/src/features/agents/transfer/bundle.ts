import { api, body } from "@/api/client";
import { agentsQuery, queryClient } from "@/api/queries";
import type { ImportReport } from "@/api/types";
import { showFresh } from "../fresh";

export type OnConflict = "skip" | "rename" | "replace";

// Larger ones are refused unread, which browsers tell as a lost connection.
const MAX_BYTES = 4 * 1024 * 1024;

export class FileTooLarge extends Error {
  constructor() {
    super("The file is larger than 4 MiB. Export fewer agents at a time.");
  }
}

/** Returns what importing the file would do. Throws ApiError when it is no bundle that can be read. */
export function tryImport(file: File, onConflict: OnConflict): Promise<ImportReport> {
  return post(file, onConflict, true);
}

/** Makes the agents of the file, which the gallery then shows first; none of them when the report tells of failures. */
export async function importFile(file: File, onConflict: OnConflict): Promise<ImportReport> {
  const report = await post(file, onConflict, false);
  await queryClient.invalidateQueries(agentsQuery);
  showFresh([...report.created, ...report.replaced].flatMap(({ id }) => (id ? [id] : [])));
  return report;
}

async function post(file: File, onConflict: OnConflict, isDry: boolean): Promise<ImportReport> {
  if (file.size > MAX_BYTES) throw new FileTooLarge();
  const bytes = await file.arrayBuffer();
  const request = api.POST("/api/agents/import", {
    params: { query: { on_conflict: onConflict, dry_run: isDry } },
    headers: { "Content-Type": "application/json" },
    // The bytes as they are: the server tells what is wrong with them better than the browser could.
    body: bytes as never,
    bodySerializer: (content: unknown) => content as ArrayBuffer,
  });
  const failed = await request.then(({ error }) => error, () => undefined);
  return failed !== undefined && "report" in failed && failed.report ? failed.report : body(request);
}

/** Returns the address from which the agents are saved as a file. */
export function exportAddress(which: "custom" | readonly string[]): string {
  if (which === "custom") return "/api/agents/export?custom=true";
  return `/api/agents/export?${new URLSearchParams(which.map((id) => ["id", id]))}`;
}
