import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import type { AnswerMemory } from "@/api/types";
import { memory } from "@/test/memories";
import { Recalled } from "./Recalled";

const PARTS = { dense: 0.7, dense_rank: 1, text: null, text_rank: null, time: 0, importance: 0.1, recency: 0 };

let rows: AnswerMemory[];
let isDown: boolean;
let deleted: string[];

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  Element.prototype.scrollIntoView = () => undefined;
  queryClient.clear();
  isDown = false;
  deleted = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "DELETE") {
      deleted.push(pathname);
      return new Response(null, { status: 204 });
    }
    if (pathname !== "/api/messages/m/memories") return Response.json([]);
    return isDown ? Response.json({ detail: "No such message.", code: "not_found", status: 404 }, { status: 404 }) : Response.json(rows);
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(mark = ""): void {
  const look = { mark };
  const root = createRootRoute({ component: () => <Recalled messageId="m" look={look} /> });
  const router = createRouter({ routeTree: root, history: createMemoryHistory() });
  render(
    <QueryClientProvider client={queryClient}>
      {/* oxlint-disable-next-line typescript/no-explicit-any -- not the product's own routes */}
      <RouterProvider router={router as any} />
    </QueryClientProvider>,
  );
}

test("each memory tells its mark, whether it was cited, and why it was given", async () => {
  rows = [
    { mark: "m1", cited: true, score: 2, score_parts: PARTS, memory: memory({ content: "Ada moved to Rome." }) },
    { mark: "m2", cited: false, score: null, score_parts: null, memory: memory({ content: "No nuts.", pinned: true, agent_id: null, collection_id: "k1" }) },
    { mark: "m3", cited: true, score: 1, score_parts: PARTS, memory: null },
  ];
  show("m2");
  const [first, second, third] = await screen.findAllByRole("listitem");
  expect(first?.textContent).toMatch(/^m1Cited in the answer.*Ada moved to Rome\..*Why was this recalled\?/);
  expect(second?.textContent).toMatch(/Given, not cited.*because it is pinned and important/);
  expect(third?.textContent).toBe("m3 This memory has been deleted since.");
  expect(within(second as HTMLElement).getByRole("link").getAttribute("href")).toContain("/shared-memory/k1");
  await vi.waitFor(() => expect(document.activeElement).toBe(second));
});

test("one that is forgotten here is told as deleted, and keeps the focus at its place", async () => {
  const kept = memory({ id: "x1" });
  rows = [{ mark: "m1", cited: true, score: 2, score_parts: PARTS, memory: kept }];
  show();
  await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
  rows = [{ mark: "m1", cited: true, score: 2, score_parts: PARTS, memory: null }];
  await userEvent.click(within(screen.getByRole("group", { name: "Delete this memory?" })).getByRole("button", { name: "Delete" }));
  expect(await screen.findByText("This memory has been deleted since.")).toBeTruthy();
  expect(deleted).toEqual(["/api/agents/a1/memories/x1"]);
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByRole("listitem")));
});

test("a refusal is told, and can be asked again", async () => {
  isDown = true;
  rows = [];
  show();
  expect((await screen.findByRole("alert")).textContent).toContain("No such message.");
  isDown = false;
  rows = [{ mark: "m1", cited: false, score: 2, score_parts: PARTS, memory: memory({ content: "There it is." }) }];
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("There it is.")).toBeTruthy();
});
