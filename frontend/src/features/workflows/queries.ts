import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, body, page, type Page } from "@/api/client";
import type { Message, Workflow, WorkflowSummary, WorkflowVersion, WorkflowVersionSummary } from "@/api/types";
import { workflowKey } from "@/realtime/workflows";

// A worker that dies says nothing, so a workflow that runs is looked at again now and then.
const LOOK_AGAIN_MS = 8_000;
const VERSIONS = 100;
const RUNS = 50;

export const workflowQuery = (id: string) =>
  queryOptions({
    queryKey: workflowKey(id),
    queryFn: ({ signal }): Promise<Workflow> => body(api.GET("/api/workflows/{workflow_id}", { params: { path: { workflow_id: id } }, signal })),
    refetchInterval: ({ state: { data } }) => (data?.status === "running" || data?.status === "planning" ? LOOK_AGAIN_MS : false),
  });

export function useWorkflow(id: string): { workflow: Workflow | undefined; error: Error | null; retry: () => void } {
  const { data, error, refetch } = useQuery(workflowQuery(id));
  return { workflow: data, error, retry: () => void refetch() };
}

/** The versions of a plan, newest first. `version` is the newest one that is known. */
export const versionsQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ["workflows", "versions", id, version],
    queryFn: ({ signal }): Promise<WorkflowVersionSummary[]> =>
      body(api.GET("/api/workflows/{workflow_id}/versions", { params: { path: { workflow_id: id }, query: { limit: VERSIONS } }, signal })),
  });

/** A plan as it was in a version; that never changes. */
export const versionQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ["workflows", "version", id, version],
    queryFn: ({ signal }): Promise<WorkflowVersion> =>
      body(api.GET("/api/workflows/{workflow_id}/versions/{version}", { params: { path: { workflow_id: id, version } }, signal })),
    staleTime: Infinity,
  });

/** Which workflows a list shows; what is empty narrows nothing. */
export interface Wanted {
  q: string;
  status: WorkflowSummary["status"] | "";
  channelId: string;
}

export function listWorkflows(wanted: Wanted, cursor: string | undefined, signal: AbortSignal): Promise<Page<WorkflowSummary[]>> {
  const query = {
    limit: RUNS,
    cursor,
    q: wanted.q.trim() || undefined,
    status: wanted.status || undefined,
    channel_id: wanted.channelId || undefined,
  };
  return page(api.GET("/api/workflows", { params: { query }, signal }));
}

/** The whole text of an answer. `run` tells apart what it was and what it is after a retry. */
export const outputQuery = (messageId: string, run: string) =>
  queryOptions({
    queryKey: ["workflows", "output", messageId, run],
    queryFn: ({ signal }): Promise<Message> => body(api.GET("/api/messages/{message_id}", { params: { path: { message_id: messageId } }, signal })),
  });

/** The runs of one plan, newest first. */
export const runsQuery = ({ id, root_id: root, channel_id: channelId }: Workflow) =>
  queryOptions({
    queryKey: ["workflows", "list", "runs", root ?? id],
    queryFn: async ({ signal }): Promise<WorkflowSummary[]> => {
      const first = root ?? id;
      const all: WorkflowSummary[] = [];
      let cursor: string | undefined;
      do {
        const { rows, next } = await listWorkflows({ q: "", status: "", channelId }, cursor, signal);
        all.push(...rows.filter((run) => run.id === first || run.root_id === first));
        // What is older than the first run is none of its runs.
        cursor = rows.some((run) => run.id === first) ? undefined : (next ?? undefined);
      } while (cursor !== undefined);
      return all;
    },
  });
