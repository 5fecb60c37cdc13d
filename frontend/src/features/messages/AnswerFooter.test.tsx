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

const run = (change: object): Message["metadata"] => ({
  run: {
    provider: "openai", model: "fake", finish: "stop", started_at: "2026-01-01T12:00:00Z", finished_at: "2026-01-01T12:00:03.2Z",
    input_tokens: 1, output_tokens: 80, cost_usd: null, estimated: false, ...change,
  },
});

test("a finished one tells time, tokens, money and model by itself, also long afterwards", () => {
  useTasks.setState({}, true);
  render(<AnswerFooter message={answer({ status: "complete", metadata: run({ output_tokens: 1200, cost_usd: "0.00123400" }) })} />);
  expect(screen.getByText("3.2 s · 1,200 tokens · $0.0012 · fake")).toBeTruthy();
  expect(posted).toEqual([]);
});

test("estimates are called so, and what costs nothing is not called cheap", () => {
  render(<AnswerFooter message={answer({ status: "complete", metadata: run({ cost_usd: "0", estimated: true }) })} />);
  expect(screen.getByText("3.2 s · about 80 tokens · fake")).toBeTruthy();
});

test("one that was cut off at its limit does not pass as whole", () => {
  render(<AnswerFooter message={answer({ status: "complete", metadata: run({ finish: "length" }) })} />);
  expect(screen.getByText(/cut off/)).toBeTruthy();
});

test("an answer without an account has no figures", () => {
  render(<AnswerFooter message={answer({ status: "complete", metadata: { run: "odd" } })} />);
  expect(screen.queryByText(/tokens/)).toBeNull();
});
