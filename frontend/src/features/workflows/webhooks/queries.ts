import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body, page } from "@/api/client";
import { everyPage, queryClient } from "@/api/queries";
import type { Delivery, Webhook, WebhookCreate, WebhookUpdate, WebhookWithSecret } from "@/api/types";
import { logQuery } from "../log/query";

const PAGE = 200;
const FRESH_MS = 3_000;
// Calls are made some time after what they tell of, and nobody says so.
const LOOK_AGAIN_MS = 4_000;
const WEBHOOKS = ["workflows", "list", "webhooks"] as const;

export const webhooksQuery = queryOptions({
  queryKey: WEBHOOKS,
  queryFn: () => everyPage<Webhook>((cursor) => page(api.GET("/api/webhooks", { params: { query: { limit: PAGE, cursor } } }))),
  staleTime: FRESH_MS,
});

/** The calls of a webhook, newest first. Looked at again while it is shown and one of them waits. */
export const deliveriesQuery = (webhookId: string) =>
  infiniteQueryOptions({
    ...logQuery<Delivery>(["workflows", "list", "deliveries", webhookId], (query, signal) =>
      page(api.GET("/api/webhooks/{webhook_id}/deliveries", { params: { path: { webhook_id: webhookId }, query }, signal }))),
    refetchInterval: ({ state: { data } }) => (data?.pages.some(({ rows }) => rows.some(({ status }) => status === "waiting")) ? LOOK_AGAIN_MS : false),
  });

export function makeWebhook(request: WebhookCreate): Promise<WebhookWithSecret> {
  return changing(body(api.POST("/api/webhooks", { body: request })));
}

export function changeWebhook(id: string, request: WebhookUpdate): Promise<Webhook> {
  return changing(body(api.PUT("/api/webhooks/{webhook_id}", { params: { path: { webhook_id: id } }, body: request })));
}

export async function removeWebhook(id: string): Promise<void> {
  await changing(body(api.DELETE("/api/webhooks/{webhook_id}", { params: { path: { webhook_id: id } } })));
}

/** Gives a webhook a new secret; whatever is sent from then on is signed with it. */
export function rotateWebhook(id: string): Promise<WebhookWithSecret> {
  return changing(body(api.POST("/api/webhooks/{webhook_id}/rotate", { params: { path: { webhook_id: id } } })));
}

/** Lets a call be made again now. */
export async function redeliver({ webhook_id, id }: Delivery): Promise<void> {
  await body(api.POST("/api/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver", { params: { path: { webhook_id, delivery_id: id } } }));
  await queryClient.invalidateQueries(deliveriesQuery(webhook_id));
}

/** Waits for a change, and until the list shows it. */
async function changing<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } finally {
    await queryClient.invalidateQueries(webhooksQuery);
  }
}
