import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AgentTry } from "@/api/types";
import type { Form } from "./trial";
import { TryPane } from "./TryPane";

// The wire alone is scripted: the test writes what the server sends.
let asked: AgentTry[];
let wire: { send: (name: string, data: object) => void; write: (text: string) => void; close: () => void; isCut: () => boolean };
let refusal: (() => Response) | null;
let form: Form | null;

const delta = (offset: number, text: string, attempt = 1): void => wire.send("delta", { attempt, offset, text });
const done = (change = {}): void =>
  wire.send("done", {
    finish: "stop", provider: "openai", model: "small", first_token_ms: 10, latency_ms: 1200,
    usage: { input_tokens: 5, output_tokens: 7, cached_tokens: 0, cost_usd: "0.0021", estimated: false }, ...change,
  });

beforeEach(() => {
  asked = [];
  refusal = null;
  form = { name: "Judge", role: "Judges" };
  vi.stubGlobal("fetch", async (request: Request) => {
    asked.push((await request.json()) as AgentTry);
    if (refusal) return refusal();
    let isCut = false;
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        const write = (text: string): void => controller.enqueue(new TextEncoder().encode(text));
        wire = {
          write,
          send: (name, data) => write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
          close: () => controller.close(),
          isCut: () => isCut,
        };
        request.signal.addEventListener("abort", () => {
          isCut = true;
          controller.error(request.signal.reason);
        });
      },
    });
    return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  });
});
afterEach(() => vi.unstubAllGlobals());

const show = (): void => void render(<TryPane name="Judge" color="#00F6FF" form={() => form} />);

async function ask(text: string): Promise<void> {
  const before = asked.length;
  await userEvent.type(screen.getByLabelText("Ask Judge"), `${text}{Enter}`);
  await waitFor(() => expect(asked).toHaveLength(before + 1));
}

test("the answer of the agent as it stands in the form grows while it comes, and ends with what it took", async () => {
  show();
  await ask("Is this fair?");
  expect(asked[0]).toEqual({ name: "Judge", role: "Judges", messages: [{ author: "user", content: "Is this fair?" }] });
  delta(0, "It **is");
  expect((await screen.findByText("is")).tagName).toBe("STRONG");
  wire.write(": waiting\n\n");
  delta(7, "** fair.");
  done();
  wire.close();
  expect(await screen.findByText("1.2 s · 7 tokens · $0.0021 · small")).toBeTruthy();
  expect(screen.getByRole("log").textContent).toContain("It is fair.");
  expect(screen.getByRole("status").textContent).toBe("Judge has answered");
});

test("the next question goes with what was said and with the form as it is by then", async () => {
  show();
  await ask("one");
  delta(0, "first");
  done();
  wire.close();
  await screen.findByText(/7 tokens/);
  form = { name: "Judge", role: "Judges", temperature: 0 };
  await ask("two");
  expect(asked[1]).toMatchObject({
    temperature: 0,
    messages: [{ author: "user", content: "one" }, { author: "agent", content: "first" }, { author: "user", content: "two" }],
  });
});

test("an event that comes in pieces is read whole, and a new attempt starts the text over", async () => {
  show();
  await ask("hi");
  delta(0, "wrong");
  const event = `event: delta\ndata: ${JSON.stringify({ attempt: 2, offset: 0, text: "right ☕" })}\n\n`;
  wire.write(event.slice(0, 20));
  wire.write(event.slice(20));
  expect(await screen.findByText("right ☕")).toBeTruthy();
  expect(screen.queryByText(/wrong/)).toBeNull();
});

test("stopping closes the connection and keeps what has come", async () => {
  show();
  await ask("hi");
  delta(0, "half a");
  await screen.findByText("half a");
  await userEvent.click(screen.getByRole("button", { name: "Stop" }));
  expect((await screen.findAllByText("Stopped")).length).toBeGreaterThan(0);
  expect(wire.isCut()).toBe(true);
  expect(screen.getByText("half a")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a failure is said in words; trying again asks the same once", async () => {
  show();
  await ask("hi");
  wire.send("error", { detail: "The key was refused: check `OPENAI_API_KEY`.", code: "auth", status: 503 });
  wire.close();
  expect((await screen.findByRole("alert")).textContent).toContain("The key was refused: check OPENAI_API_KEY.");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(asked[1]?.messages).toEqual([{ author: "user", content: "hi" }]);
});

test("a refusal before the stream, and a stream without an end, are failures too", async () => {
  refusal = () => Response.json({ detail: "8 agents are being tried just now.", code: "too_many_trials", status: 429 }, { status: 429 });
  show();
  await ask("hi");
  expect(await screen.findByText(/8 agents are being tried/)).toBeTruthy();
  refusal = null;
  await ask("again");
  delta(0, "beginning");
  wire.close();
  expect(await screen.findByText(/broke off/)).toBeTruthy();
  expect(screen.getByText("beginning")).toBeTruthy();
});

test("a form that has to be mended first keeps the question", async () => {
  form = null;
  show();
  await userEvent.type(screen.getByLabelText("Ask Judge"), "hi{Enter}");
  expect(screen.getByRole("alert").textContent).toContain("Mend the marked fields");
  expect(asked).toEqual([]);
  expect(screen.getByLabelText<HTMLTextAreaElement>("Ask Judge").value).toBe("hi");
});

test("starting over forgets what was said, also while an answer comes", async () => {
  show();
  await ask("hi");
  delta(0, "half");
  await screen.findByText("half");
  await userEvent.click(screen.getByRole("button", { name: "Start over" }));
  await waitFor(() => expect(wire.isCut()).toBe(true));
  expect(screen.queryByText("half")).toBeNull();
  await ask("anew");
  expect(asked[1]?.messages).toEqual([{ author: "user", content: "anew" }]);
});
