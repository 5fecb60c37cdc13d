import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import type { Memory } from "@/api/types";
import { memory } from "@/test/memories";
import { MemoryBrowser } from "./MemoryBrowser";

// The wire alone is scripted.
let sent: { method: string; path: string; search: URLSearchParams; body: unknown }[];
let rows: Memory[];
let refusal: Response | null;
const onChoose = vi.fn<(id: string | undefined) => void>();

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined); // the router's way to the top of a page
  sent = [];
  rows = [];
  refusal = null;
  onChoose.mockReset();
  queryClient.clear();
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/api/memory-status") return Response.json({ embedder: "bge", dimensions: 384, memories: { total: 3, embedded: 3, pending: 0, failed: 0 } });
    if (!pathname.startsWith("/api/agents/a1/memories")) return Response.json([]);
    const text = await request.text();
    sent.push({ method: request.method, path: pathname.slice("/api/agents/a1/memories".length), search: searchParams, body: text === "" ? null : JSON.parse(text) });
    if (refusal && request.method !== "GET") return refusal;
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    return Response.json(request.method === "GET" ? rows : memory());
  });
});
afterEach(() => vi.unstubAllGlobals());

async function show(chosen?: string): Promise<void> {
  const owner = { kind: "agent", id: "a1", name: "Backend" } as const;
  const root = createRootRoute({ component: () => <MemoryBrowser owner={owner} chosen={chosen} onChoose={onChoose} /> });
  const router = createRouter({ routeTree: root, history: createMemoryHistory() });
  render(
    <QueryClientProvider client={queryClient}>
      {/* oxlint-disable-next-line typescript/no-explicit-any -- not the product's own routes */}
      <RouterProvider router={router as any} />
    </QueryClientProvider>,
  );
  await screen.findByRole("heading", { name: "What Backend remembers" });
}

const asked = (): URLSearchParams | undefined => sent.findLast(({ method }) => method === "GET")?.search;
const wrote = () => sent.filter(({ method }) => method !== "GET");

test("a list shows what stands, and its history when it is asked for", async () => {
  const newer = memory({ content: "Ada lives in Rome." });
  rows = [newer, memory({ content: "Ada lives in Paris.", superseded_by: newer.id })];
  await show();
  expect(await screen.findByText("Ada lives in Rome.")).toBeTruthy();
  expect(screen.getByText("2 memories, the newest first")).toBeTruthy();
  expect(asked()?.get("current")).toBe("true");
  await userEvent.click(screen.getByRole("checkbox", { name: /corrected or summed up/ }));
  await vi.waitFor(() => expect(asked()?.get("current")).toBe("false"));
  await userEvent.click(screen.getByRole("button", { name: "Show the newer one" }));
  expect(onChoose).toHaveBeenCalledExactlyOnceWith(newer.id);
});

test("what was corrected or summed up can stand again", async () => {
  rows = [memory({ id: "m1", superseded_by: "m3" }), memory({ id: "m2", summarized_by: "m3" })];
  await show();
  for (const again of await screen.findAllByRole("button", { name: "Let it stand again" })) await userEvent.click(again);
  await vi.waitFor(() => expect(wrote()).toMatchObject([{ method: "PUT", path: "/m1", body: { superseded_by: null } }, { method: "POST", path: "/m2/restore" }]));
});

test("a question is asked once it was typed, and each row says why it was found", async () => {
  const parts = { dense: 0.9, dense_rank: 1, text: null, text_rank: null, time: 0, importance: 0.1, recency: 0 };
  await show();
  rows = [memory({ content: "Ada lives in Rome.", score: 3, score_parts: parts })];
  await userEvent.type(screen.getByRole("searchbox"), "where is Ada");
  await screen.findByText("1 memory, the best match first");
  expect(sent.filter(({ search }) => search.has("q")).map(({ search }) => search.get("q"))).toEqual(["where is Ada"]);
  await userEvent.click(screen.getByText("Why was this found?"));
  expect(screen.getByText(/Very close \(0\.90 of 1\), the closest of all/)).toBeTruthy();
  expect(screen.queryByRole("checkbox")).toBeNull(); // a search finds no history
});

test("filters are sent, and can be taken back where nothing fits", async () => {
  await show();
  await userEvent.selectOptions(screen.getByLabelText("Kind"), "Fact");
  await userEvent.selectOptions(screen.getByLabelText("Origin"), "Imported");
  expect(await screen.findByText("No memory fits.")).toBeTruthy();
  expect([asked()?.get("kind"), asked()?.get("origin")]).toEqual(["fact", "import"]);
  await userEvent.click(screen.getByRole("button", { name: "Show all of them" }));
  expect(await screen.findByText(/Backend remembers nothing yet/)).toBeTruthy();
});

test("an edit sends only what was changed", async () => {
  rows = [memory({ id: "m1", content: "Ada lives in Paris." })];
  await show();
  await userEvent.click(await screen.findByRole("button", { name: "Edit" }));
  const dialog = await screen.findByRole("dialog", { name: "Edit this memory" });
  await userEvent.selectOptions(within(dialog).getByLabelText("Kind"), "Highlight");
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(wrote()).toMatchObject([{ method: "PUT", path: "/m1", body: { kind: "highlight" } }]);
});

test("what the API refuses stands at its field, and what was typed stays", async () => {
  refusal = Response.json({ status: 400, code: "invalid_request", detail: "expires_at: must lie in the future", errors: [{ field: "expires_at", message: "must lie in the future" }] }, { status: 400 });
  await show();
  await userEvent.click(screen.getByRole("button", { name: "Add a memory" }));
  const dialog = await screen.findByRole("dialog", { name: "Add a memory" });
  await userEvent.type(within(dialog).getByLabelText("What to remember"), "Tea at five");
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await within(dialog).findByText("must lie in the future")).toBeTruthy();
  expect(within(dialog).getByLabelText("Forget it after").getAttribute("aria-invalid")).toBe("true");
  expect(within(dialog).getByLabelText<HTMLTextAreaElement>("What to remember").value).toBe("Tea at five");
});

test("a deletion is asked about, and can be taken back until then", async () => {
  rows = [memory({ id: "m1" })];
  await show();
  await userEvent.click(await screen.findByRole("button", { name: "Delete" }));
  const question = screen.getByRole("group", { name: "Delete this memory?" });
  expect(document.activeElement).toBe(within(question).getByRole("button", { name: "Delete" }));
  await userEvent.keyboard("{Escape}");
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Delete" }));
  expect(wrote()).toEqual([]);
  await userEvent.keyboard("{Enter}");
  rows = [];
  await userEvent.keyboard("{Enter}");
  await vi.waitFor(() => expect(wrote()).toMatchObject([{ method: "DELETE", path: "/m1" }]));
  await vi.waitFor(() => expect(document.activeElement).toBe(screen.getByRole("heading", { name: "What Backend remembers" })));
});

test("everything is forgotten only when the name is typed", async () => {
  await show();
  await userEvent.click(screen.getByRole("button", { name: "Forget everything" }));
  const dialog = await screen.findByRole("dialog", { name: "Forget everything?" });
  const act = within(dialog).getByRole<HTMLButtonElement>("button", { name: "Forget everything" });
  await userEvent.type(within(dialog).getByLabelText('Type "Backend" to confirm'), "backend{Enter}");
  expect(act.disabled).toBe(true);
  expect(wrote()).toEqual([]);
  await userEvent.clear(within(dialog).getByLabelText('Type "Backend" to confirm'));
  await userEvent.type(within(dialog).getByLabelText('Type "Backend" to confirm'), "Backend{Enter}");
  await vi.waitFor(() => expect(wrote()).toMatchObject([{ method: "DELETE", path: "" }]));
  expect(wrote()[0]?.search.get("confirm")).toBe("true");
});

test("hostile text stays text", async () => {
  rows = [memory({ content: "<img src=x onerror=alert(1)> [x](javascript:alert(1))" })];
  await show();
  expect(await screen.findByText("<img src=x onerror=alert(1)> [x](javascript:alert(1))")).toBeTruthy();
  expect(document.querySelector("img")).toBeNull();
});
