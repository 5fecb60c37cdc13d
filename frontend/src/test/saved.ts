import type { Delivery, Firing, SavedWorkflow, TriggerWithSecret, WebhookWithSecret } from "@/api/types";

const AT = "2026-01-01T12:00:00Z";

/** Returns a saved workflow as the server sends it. */
export function savedWorkflow(change: Partial<SavedWorkflow> = {}): SavedWorkflow {
  return {
    id: "s1",
    name: "Weekly report",
    description: "What happened.",
    title: "Report of week {{week}}",
    request: "",
    tasks: [{ key: "write", title: "Write about week {{week}}", agent: "backend", description: "", depends_on: [], expected_output: "", on_failure: "skip" }],
    parameters: [
      { name: "week", description: "Its number.", default: null, required: true },
      { name: "reader", description: "", default: "the team", required: true },
    ],
    max_parallel: null,
    is_demo: false,
    created_by: "local-user",
    created_at: AT,
    updated_at: AT,
    ...change,
  };
}

/** Returns a trigger as the server sends it to whoever made it. */
export function trigger(change: Partial<TriggerWithSecret> = {}): TriggerWithSecret {
  return {
    id: "t1",
    saved_workflow_id: "s1",
    saved_workflow_name: "Weekly report",
    channel_id: "c1",
    kind: "schedule",
    settings: { kind: "schedule", cron: "0 9 * * 1-5", time_zone: "UTC", missed: "skip" },
    parameters: {},
    auto_start: true,
    is_active: true,
    url: null,
    next_at: null,
    last_fired_at: null,
    last_error: null,
    secret: null,
    created_by: "local-user",
    created_at: AT,
    updated_at: AT,
    ...change,
  };
}

export function firing(change: Partial<Firing> = {}): Firing {
  return {
    id: "f1",
    trigger_id: "t1",
    kind: "message",
    status: "started",
    occurrence: "m1",
    workflow_id: "w1",
    message_id: "m1",
    parameters: {},
    error: null,
    created_at: AT,
    ...change,
  };
}

export function webhook(change: Partial<WebhookWithSecret> = {}): WebhookWithSecret {
  return {
    id: "h1",
    url: "https://example.com/hook",
    channel_id: null,
    saved_workflow_id: null,
    trigger_id: null,
    statuses: ["completed", "failed", "cancelled"],
    is_active: true,
    last_error: null,
    secret: "whsec_abc",
    created_by: "local-user",
    created_at: AT,
    updated_at: AT,
    ...change,
  };
}

export function delivery(change: Partial<Delivery> = {}): Delivery {
  return {
    id: "d1",
    webhook_id: "h1",
    workflow_id: "w1",
    event: "workflow.completed",
    status: "delivered",
    attempts: 1,
    next_at: null,
    response_status: 200,
    error: null,
    created_at: AT,
    finished_at: AT,
    ...change,
  };
}
