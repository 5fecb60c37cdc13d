import type { Workflow, WorkflowSummary, WorkflowTask } from "@/api/types";
import type { IconName } from "@/ui/Icon";
import { money } from "@/ui/Measures";

/** How a status looks: told apart by its words and its drawing, not by colour alone. */
export interface Look {
  word: string;
  icon: IconName;
  tone: "cyan" | "green" | "orange" | "danger" | "violet" | "faint";
  /** Whether something is being done right now. */
  isLive?: boolean;
}

export const STATUS_WORDS: Readonly<Record<WorkflowSummary["status"], string>> = {
  planning: "Being planned",
  ready: "Ready to run",
  running: "Running",
  waiting: "Waiting",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** Returns the status that a word in the address means; empty where it means none. */
export function asStatus(text: string | undefined): WorkflowSummary["status"] | "" {
  return text !== undefined && Object.hasOwn(STATUS_WORDS, text) ? (text as WorkflowSummary["status"]) : "";
}

export function workflowLook({ status, waiting_for: waitingFor }: Pick<Workflow, "status" | "waiting_for">): Look {
  switch (status) {
    case "planning": return { word: STATUS_WORDS.planning, icon: "spark", tone: "violet", isLive: true };
    case "ready": return { word: STATUS_WORDS.ready, icon: "play", tone: "cyan" };
    case "running": return { word: STATUS_WORDS.running, icon: "workflow", tone: "cyan", isLive: true };
    case "waiting":
      return waitingFor === "decision"
        ? { word: "Waiting for a decision", icon: "warning", tone: "orange" }
        : { word: "Paused", icon: "pause", tone: "orange" };
    case "completed": return { word: STATUS_WORDS.completed, icon: "check", tone: "green" };
    case "failed": return { word: STATUS_WORDS.failed, icon: "warning", tone: "danger" };
    case "cancelled": return { word: STATUS_WORDS.cancelled, icon: "stop", tone: "faint" };
  }
}

export function taskLook(task: Pick<WorkflowTask, "status" | "resuming" | "retry_at">): Look {
  switch (task.status) {
    case "pending":
      return task.retry_at === null ? { word: "Not begun", icon: "clock", tone: "faint" } : { word: "Tried again soon", icon: "retry", tone: "orange" };
    case "ready": return { word: "Queued", icon: "clock", tone: "cyan" };
    case "running":
      return task.resuming
        ? { word: "Resuming", icon: "retry", tone: "orange", isLive: true }
        : { word: "Running", icon: "play", tone: "cyan", isLive: true };
    case "completed": return { word: "Completed", icon: "check", tone: "green" };
    case "failed": return { word: "Failed", icon: "warning", tone: "danger" };
    case "cancelled": return { word: "Stopped", icon: "stop", tone: "faint" };
    case "skipped": return { word: "Skipped", icon: "skip", tone: "faint" };
  }
}

export const ON_FAILURE: Readonly<Record<WorkflowTask["on_failure"], string>> = {
  skip: "Skip what depends on it, go on with the rest",
  fail: "Start nothing more; the workflow has failed",
  ask: "Wait, and ask a person",
};

export function isOver({ status }: Pick<Workflow, "status">): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}

/** Whether a plan can be edited as it is: it waits to be started, is paused, or waits for a decision. */
export function isEditable({ status }: Pick<Workflow, "status">): boolean {
  return status === "ready" || status === "waiting";
}

/** Whether a task has begun, so that it must stay as it is. */
export function hasBegun({ status }: Pick<WorkflowTask, "status">): boolean {
  return status !== "pending";
}

/** Returns a span of time as people say it; whole seconds, since it is shown while it grows. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Returns how long something has taken so far; null where it has not begun. */
export function took(startedAt: string | null, finishedAt: string | null, now: number): number | null {
  if (startedAt === null) return null;
  return Math.max(0, (finishedAt === null ? now : Date.parse(finishedAt)) - Date.parse(startedAt));
}

/** Returns dollars as people say them; null where no price is known or nothing was paid. */
export function price(dollars: string | null | undefined): string | null {
  const amount = Number(dollars ?? 0);
  return amount > 0 ? money(amount) : null;
}

export function moment(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

export const counted = (count: number, one: string, many = `${one}s`): string => (count === 1 ? `1 ${one}` : `${count} ${many}`);
