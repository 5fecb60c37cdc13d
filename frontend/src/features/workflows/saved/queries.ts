import { queryOptions } from "@tanstack/react-query";
import { api, body, page } from "@/api/client";
import { everyPage, queryClient } from "@/api/queries";
import type { SavedWorkflow, SavedWorkflowRun, SavedWorkflowUpdate, SaveWorkflow, Workflow, WorkflowSummary } from "@/api/types";
import { putWorkflow } from "@/realtime/workflows";

const PAGE = 200;
const KEY = ["workflows", "saved"] as const;
// Nobody tells of changes that are made elsewhere, so what is shown is looked up again when one comes back to it.
const FRESH_MS = 3_000;

export const savedListQuery = queryOptions({
  queryKey: [...KEY, "all"],
  queryFn: () => everyPage<SavedWorkflow>((cursor) => page(api.GET("/api/saved-workflows", { params: { query: { limit: PAGE, cursor } } }))),
  staleTime: FRESH_MS,
});

export const savedQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }): Promise<SavedWorkflow> => body(api.GET("/api/saved-workflows/{saved_workflow_id}", { params: { path: { saved_workflow_id: id } }, signal })),
    initialData: () => queryClient.getQueryData(savedListQuery.queryKey)?.find((one) => one.id === id),
    initialDataUpdatedAt: () => queryClient.getQueryState(savedListQuery.queryKey)?.dataUpdatedAt,
    staleTime: FRESH_MS,
  });

/** The last workflows of all, in which the last uses of saved ones are found; changes of workflows load it anew. */
export const recentQuery = queryOptions({
  queryKey: ["workflows", "list", "recent"],
  queryFn: ({ signal }): Promise<WorkflowSummary[]> => body(api.GET("/api/workflows", { params: { query: { limit: PAGE } }, signal })),
});

/** Returns those that were made of a saved workflow. */
export function madeOf(recent: readonly WorkflowSummary[] | undefined, savedId: string): WorkflowSummary[] {
  return (recent ?? []).filter(({ metadata }) => metadata["saved_workflow_id"] === savedId);
}

/** Makes a workflow of a saved one. The same `client_id` makes it once. */
export async function makeWorkflow(id: string, request: SavedWorkflowRun): Promise<Workflow> {
  const workflow = await body(api.POST("/api/saved-workflows/{saved_workflow_id}/run", { params: { path: { saved_workflow_id: id } }, body: request }));
  putWorkflow(workflow);
  return workflow;
}

/** Saves the plan of a workflow, to make others of it. */
export async function saveAs(workflowId: string, request: SaveWorkflow): Promise<SavedWorkflow> {
  return taken(await body(api.POST("/api/workflows/{workflow_id}/save", { params: { path: { workflow_id: workflowId } }, body: request })));
}

export async function update(id: string, request: SavedWorkflowUpdate): Promise<SavedWorkflow> {
  return taken(await body(api.PUT("/api/saved-workflows/{saved_workflow_id}", { params: { path: { saved_workflow_id: id } }, body: request })));
}

export async function remove(id: string): Promise<void> {
  await body(api.DELETE("/api/saved-workflows/{saved_workflow_id}", { params: { path: { saved_workflow_id: id } } }));
  await queryClient.invalidateQueries(savedListQuery);
}

function taken(saved: SavedWorkflow): SavedWorkflow {
  queryClient.setQueryData(savedQuery(saved.id).queryKey, saved);
  void queryClient.invalidateQueries(savedListQuery);
  return saved;
}
