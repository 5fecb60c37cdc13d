import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Message } from "@/api/types";
import { useTasks } from "@/realtime/tasks";
import { message, task } from "@/test/messages";
import { AnswerFooter } from "./AnswerFooter";

const answer = (change: Partial<Message>): Message =>
  message({ author: { kind: "agent", id: "a1", name: "Backend" }, task_id: "t1", ...change });

let posted: string[];
let reply: () => Response;

beforeEach(() => {
  posted = [];
  reply = () => Response.json(task({ id: "t1", status: "queued", run: 2 }));
  useTasks.setState({ t1: task({ id: "t1" }) }, true);
  vi.stubGlobal("fetch", async (request: Request) => {
    posted.push(new URL(request.url).pathname);
    return reply();
  });
});
afterEach(() => vi.unstubAllGlobals());

test("an answer that is written can be stopped", async () => {
  render(<AnswerFooter message={answer({ status: "streaming" })} />);
  await userEvent.click(screen.getByRole("button", { name: "Stop" }));
  expect(posted).toEqual(["/api/tasks/t1/cancel"]);
});

test("a failed one says why in words, and can be tried again", async () => {
  render(<AnswerFooter message={answer({ status: "failed", error: { code: "key_refused", message: "The key was refused: check `OPENAI_API_KEY`." } })} />);
  expect(screen.getByText(/The key was refused/).textContent).toBe("The key was refused: check OPENAI_API_KEY.");
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect(posted).toEqual(["/api/tasks/t1/retry"]);
  expect(useTasks.getState()["t1"]?.run).toBe(2);
});

test("a refused retry is told", async () => {
  reply = () => Response.json({ detail: "It runs already.", code: "conflict", status: 409 }, { status: 409 });
  render(<AnswerFooter message={answer({ status: "cancelled" })} />);
  expect(screen.getByText("Stopped")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Retry" }));
  expect((await screen.findByRole("alert")).textContent).toBe("It runs already.");
});

test("a finished one tells time, tokens and model; estimates are called so", () => {
  const usage = { input_tokens: 1, output_tokens: 80, cached_tokens: null, cost_usd: null, estimated: true };
  const times = { started_at: "2026-01-01T12:00:00Z", finished_at: "2026-01-01T12:00:03.2Z" };
  useTasks.setState({ t1: task({ id: "t1", status: "completed", usage, ...times }) }, true);
  render(<AnswerFooter message={answer({ status: "complete" })} />);
  expect(screen.getByText("3.2 s · about 80 tokens · fake")).toBeTruthy();
});

test("one that was cut off at its limit does not pass as whole", () => {
  useTasks.setState({ t1: task({ id: "t1", status: "completed", finish: "length" }) }, true);
  render(<AnswerFooter message={answer({ status: "complete" })} />);
  expect(screen.getByText(/cut off/)).toBeTruthy();
});
