import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import type { ImportReport } from "@/api/types";
import { exportAddress } from "./bundle";
import { ImportDialog } from "./ImportDialog";

const report = (change: Partial<ImportReport>): ImportReport => ({ dry_run: true, created: [], replaced: [], skipped: [], failed: [], ...change });
const created = { index: 0, name: "Writer", handle: "writer", id: null, renamed_from: null };

let asked: string[];
let answers: (search: URLSearchParams) => Response;

beforeEach(() => {
  asked = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method !== "POST") return Response.json([]);
    const { search } = new URL(request.url);
    asked.push(`${search} ${await request.text()}`);
    return answers(new URLSearchParams(search));
  });
});
afterEach(() => vi.unstubAllGlobals());

async function choose(content: string): Promise<void> {
  render(
    <QueryClientProvider client={queryClient}>
      <ImportDialog dropped={null} onClose={() => undefined} />
    </QueryClientProvider>,
  );
  const file = new File([content], "team.json", { type: "application/json" });
  await userEvent.upload(await screen.findByLabelText(/Choose a file/), file);
}

test("it tells what will be done before it is done", async () => {
  answers = (search) => {
    const isDry = search.get("dry_run") === "true";
    return Response.json(report({ dry_run: isDry, created: [{ ...created, id: isDry ? null : "a1" }] }));
  };
  await choose("{}");
  expect(await screen.findByText("1 agent will be created")).toBeDefined();
  expect(asked).toEqual(["?on_conflict=skip&dry_run=true {}"]);
  await userEvent.click(screen.getByRole("button", { name: "Import" }));
  expect(await screen.findByText("1 agent created")).toBeDefined();
  expect(screen.getByRole("button", { name: "Done" })).toBeDefined();
});

test("a taken name is asked about", async () => {
  const skipped = { index: 0, name: "Writer", reason: "name_taken" as const, detail: "@writer is another agent", existing_id: "a1" };
  answers = (search) =>
    Response.json(search.get("on_conflict") === "rename" ? report({ created: [{ ...created, name: "Writer 2", renamed_from: "Writer" }] }) : report({ skipped: [skipped] }));
  await choose("{}");
  expect(((await screen.findByRole("button", { name: "Import" })) as HTMLButtonElement).disabled).toBe(true);
  await userEvent.click(await screen.findByRole("radio", { name: /^Keep both/ }));
  expect(await screen.findByText(/since Writer is taken/)).toBeDefined();
  expect((screen.getByRole("button", { name: "Import" }) as HTMLButtonElement).disabled).toBe(false);
});

test("what fails is told by agent and field, and can't be imported", async () => {
  answers = () => Response.json(report({ failed: [{ index: 3, name: null, errors: [{ field: "role", message: "is required" }] }] }));
  await choose("{}");
  expect(await screen.findByText("Agent 4")).toBeDefined();
  expect(screen.getByText("role")).toBeDefined();
  expect((screen.getByRole("button", { name: "Import" }) as HTMLButtonElement).disabled).toBe(true);
});

test("the report of a refused import is shown like any other", async () => {
  const failed = [{ index: 0, name: "Writer", errors: [{ field: "role", message: "is required" }] }];
  answers = (search) =>
    search.get("dry_run") === "true"
      ? Response.json(report({ created: [created] }))
      : Response.json({ status: 400, code: "import_failed", detail: "Nothing was imported", report: report({ dry_run: false, failed }) }, { status: 400 });
  await choose("{}");
  await userEvent.click(await screen.findByRole("button", { name: "Import" }));
  expect(await screen.findByText("1 agent can't be imported")).toBeDefined();
});

test("a file that is no bundle is refused with the server's words", async () => {
  answers = () => Response.json({ status: 400, code: "invalid_request", detail: "version: made by a newer RezNet AI (format version 2); update first" }, { status: 400 });
  await choose("{}");
  expect(await screen.findByText(/made by a newer RezNet AI/)).toBeDefined();
});

test("too large a file is not sent", async () => {
  answers = () => Response.json(report({}));
  await choose("x".repeat(4 * 1024 * 1024 + 1));
  expect(await screen.findByText(/larger than 4 MiB/)).toBeDefined();
  expect(asked).toEqual([]);
});

test("agents are exported by id or all custom ones", () => {
  expect(exportAddress("custom")).toBe("/api/agents/export?custom=true");
  expect(exportAddress(["a", "b"])).toBe("/api/agents/export?id=a&id=b");
});
