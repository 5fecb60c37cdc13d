import { queryOptions } from "@tanstack/react-query";
import { api, body, page } from "@/api/client";
import { everyPage, queryClient } from "@/api/queries";
import type { Firing, Trigger, TriggerCreate, TriggerUpdate, TriggerWithSecret } from "@/api/types";
import { logQuery } from "../log/query";
import type { Values } from "./form";

const PAGE = 200;
const FRESH_MS = 3_000;
// Below the lists of workflows, which are loaded anew whenever a workflow is made: that is when a trigger has fired.
const TRIGGERS = ["workflows", "list", "triggers"] as const;

export type Schedule = Pick<Values, "cron" | "zone">;

export const triggersQuery = (savedId: string) =>
  queryOptions({
    queryKey: [...TRIGGERS, savedId],
    queryFn: () =>
      everyPage<Trigger>((cursor) => page(api.GET("/api/workflow-triggers", { params: { query: { saved_workflow_id: savedId, limit: PAGE, cursor } } }))),
    staleTime: FRESH_MS,
  });

/** What came of a trigger, newest first. */
export const firingsQuery = (triggerId: string) =>
  logQuery<Firing>(["workflows", "list", "firings", triggerId], (query, signal) =>
    page(api.GET("/api/workflow-triggers/{trigger_id}/firings", { params: { path: { trigger_id: triggerId }, query }, signal })));

/** When a schedule would be due next, as the clock of its zone shows it. */
export const timesQuery = ({ cron, zone }: Schedule) =>
  queryOptions({
    queryKey: ["schedule-times", cron, zone],
    queryFn: async ({ signal }): Promise<readonly string[]> => {
      const settings = { kind: "schedule", cron, time_zone: zone, missed: "skip" } as const;
      return (await body(api.POST("/api/workflow-triggers/preview", { body: { settings }, signal }))).times;
    },
    staleTime: FRESH_MS,
  });

export function makeTrigger(request: TriggerCreate): Promise<TriggerWithSecret> {
  return changing(body(api.POST("/api/workflow-triggers", { body: request })));
}

export function changeTrigger(id: string, request: TriggerUpdate): Promise<Trigger> {
  return changing(body(api.PUT("/api/workflow-triggers/{trigger_id}", { params: { path: { trigger_id: id } }, body: request })));
}

export async function removeTrigger(id: string): Promise<void> {
  await changing(body(api.DELETE("/api/workflow-triggers/{trigger_id}", { params: { path: { trigger_id: id } } })));
}

/** Gives a trigger a new secret; the old one is of no use from then on. */
export function rotateTrigger(id: string): Promise<TriggerWithSecret> {
  return changing(body(api.POST("/api/workflow-triggers/{trigger_id}/rotate", { params: { path: { trigger_id: id } } })));
}

/** Fires a trigger now. The same `client_id` fires it once. */
export async function fire(id: string, parameters: Record<string, string>, clientId: string): Promise<Firing> {
  const request = { parameters, client_id: clientId };
  const fired = await changing(body(api.POST("/api/workflow-triggers/{trigger_id}/fire", { params: { path: { trigger_id: id } }, body: request })));
  void queryClient.invalidateQueries(firingsQuery(id));
  return fired;
}

/** Waits for a change, and until the list shows it. */
async function changing<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } finally {
    await queryClient.invalidateQueries({ queryKey: TRIGGERS });
  }
}
