import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import type { Workflow } from "@/api/types";
import { putWorkflow } from "@/realtime/workflows";
import { agent } from "@/test/agents";
import { renderRouted } from "@/test/routed";
import { node, workflow } from "@/test/workflows";
import { hasUnsaved } from "@/ui/unsaved";
import { useWorkflow } from "../queries";
import { PlanEditor } from "./PlanEditor";

let sent: { path: string; body: { version?: number; tasks: { key: string; title: string; agent: string }[] } }[];
let now: Workflow;
let refusal: Response | null;
const onRerun = vi.fn<(made: Workflow) => void>();
const FEW = [agent(), agent({ id: "q", name: "QA", handle: "qa" })];
const MANY = [...Array.from({ length: 1_000 }, (_, index) => agent({ id: `x${index}`, name: `Extra ${index}`, handle: `extra-${index}` })), ...FEW];
let agents: typeof FEW;

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  sent = [];
  refusal = null;
  agents = FEW;
  queryClient.clear();
  sessionStorage.clear();
  onRerun.mockReset();
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/agents") return Response.json(agents);
    if (pathname.endsWith("/versions")) return Response.json([{ workflow_id: "w1", version: 2, title: "Launch", summary: "“Do a” is now called “Theirs”.", created_by: "ada", created_at: "2026-01-01T12:00:00Z" }]);
    if (request.method === "GET") return Response.json(now);
    sent.push({ path: pathname.replace("/api/workflows/w1", ""), body: await request.json() });
    if (refusal) return refusal;
    now = { ...now, version: now.version + 1, updated_at: "2026-01-01T12:00:09Z" };
    return Response.json(now);
  });
});
afterEach(() => vi.unstubAllGlobals());

function Editor() {
  const { workflow: shown } = useWorkflow("w1");
  return shown ? <PlanEditor workflow={shown} onRerun={onRerun} /> : null;
}

async function show(shown: Workflow): Promise<void> {
  now = shown;
  renderRouted(<Editor />);
  await screen.findByRole("list", { name: "Tasks" });
}

const open = (title: RegExp) => userEvent.click(screen.getByRole("button", { name: title }));
const retitle = async (title: string): Promise<void> => {
  await userEvent.clear(screen.getByRole("textbox", { name: "Title" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Title" }), title);
};

test("an agent is found among a thousand by the keyboard, and the edit is sent with its version", async () => {
  agents = MANY;
  await show(workflow([node("a"), node("b", { depends_on: ["a"] })], { version: 3 }));
  await open(/^Do b/);
  const field = screen.getByRole("combobox", { name: "Agent" });
  await userEvent.click(field);
  await userEvent.clear(field);
  await userEvent.type(field, "extra");
  expect(await screen.findByText("992 more; type to find them.")).toBeTruthy();
  await userEvent.clear(field);
  await userEvent.type(field, "@qa{Enter}");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(sent).toMatchObject([{ path: "", body: { version: 3, tasks: [{ agent: "backend" }, { agent: "qa" }] } }]));
});

test("refusals of the API stand at their fields, in tasks that are opened for it", async () => {
  refusal = Response.json({ status: 400, code: "invalid_request", detail: "no plan", errors: [{ field: "tasks.1.depends_on", message: "a → b → a is a ring" }] }, { status: 400 });
  await show(workflow([node("a"), node("b", { depends_on: ["a"] })]));
  await userEvent.click(screen.getByRole("button", { name: "Move Do b up" }));
  await userEvent.click(screen.getByRole("button", { name: "Move Do b down" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Title of the plan" }), "!");
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  const item = await screen.findByText("a → b → a is a ring");
  expect(item.closest("[data-task]")?.getAttribute("data-task")).toBe("b");
});

test("nothing is sent while a title or an agent is missing", async () => {
  await show(workflow([node("a")]));
  await userEvent.click(screen.getByRole("button", { name: "Add a task" }));
  expect(document.activeElement).toBe(screen.getByRole("textbox", { name: "Title" }));
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  expect(await screen.findByText("Give the task a title.")).toBeTruthy();
  expect(sent).toEqual([]);
});

test("what has begun can't be changed, and says why", async () => {
  await show(workflow([node("a", { status: "completed" }), node("b", { depends_on: ["a"] })], { status: "waiting", waiting_for: "resume" }));
  await open(/^Do a/);
  expect(screen.getByText(/It has begun \(completed\), so it must stay as it is/)).toBeTruthy();
  expect(screen.getByRole("textbox", { name: "Title" }).matches(":disabled")).toBe(true);
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Remove Do a: it has begun and must stay" }).disabled).toBe(true);
});

test("an edit is kept for when the page is opened again, and the browser asks before it is lost", async () => {
  await show(workflow([node("a")]));
  await open(/^Do a/);
  await retitle("Mine");
  expect(hasUnsaved()).toBe(true);
  const leaving = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(leaving);
  expect(leaving.defaultPrevented).toBe(true);
  document.body.replaceChildren();
  await show(now);
  const again = screen.getAllByRole("list", { name: "Tasks" }).at(-1);
  expect(again && within(again).getByText("Mine")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Discard changes" }));
  expect(await screen.findByText("Do a")).toBeTruthy();
});

test("an edit of somebody else is shown as soon as it is told, and mine is put on top of it", async () => {
  await show(workflow([node("a"), node("b")]));
  await open(/^Do b/);
  await retitle("Mine");
  now = workflow([node("a", { title: "Theirs" }), node("b")], { version: 2, updated_at: "2026-01-01T12:00:05Z" });
  act(() => putWorkflow(now));
  const conflict = await screen.findByRole("alert");
  expect(await within(conflict).findByText(/Version 2, ada, .*is now called “Theirs”/)).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
  await userEvent.click(within(conflict).getByRole("button", { name: "Apply mine on top" }));
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  await vi.waitFor(() => expect(sent).toMatchObject([{ body: { version: 2, tasks: [{ title: "Theirs" }, { title: "Mine" }] } }]));
});

test("an edit that only the server knows of is shown when it refuses mine, and can be taken instead", async () => {
  await show(workflow([node("a"), node("b")]));
  await open(/^Do b/);
  await retitle("Mine");
  now = workflow([node("a", { title: "Theirs" }), node("b")], { version: 2, updated_at: "2026-01-01T12:00:05Z" });
  refusal = Response.json({ status: 409, code: "workflow_changed", detail: "It was edited." }, { status: 409 });
  await userEvent.click(screen.getByRole("button", { name: "Save" }));
  const conflict = await screen.findByRole("alert");
  await userEvent.click(within(conflict).getByRole("button", { name: "Take theirs, drop mine" }));
  expect(await screen.findByRole("button", { name: /^Theirs/ })).toBeTruthy();
  expect(screen.queryByText("Mine")).toBeNull();
  expect(hasUnsaved()).toBe(false);
});

test("the plan of a run that is over is edited for a new one", async () => {
  await show(workflow([node("a", { status: "completed" })], { status: "completed" }));
  await open(/^Do a/);
  await retitle("Again");
  await userEvent.click(screen.getByRole("button", { name: "Only make the plan" }));
  await vi.waitFor(() => expect(onRerun).toHaveBeenCalledOnce());
  expect(sent).toMatchObject([{ path: "/rerun", body: { auto_start: false, tasks: [{ key: "a", title: "Again" }] } }]);
});
