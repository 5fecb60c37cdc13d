import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { renderRouted } from "@/test/routed";
import { firing, savedWorkflow, trigger } from "@/test/saved";
import { refusal, scriptWire, type Answers } from "@/test/wire";
import { Triggers } from "./Triggers";

const LIST = "GET /api/workflow-triggers";
const MAKE = "POST /api/workflow-triggers";

let answers: Answers;

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  vi.spyOn(Intl, "supportedValuesOf").mockReturnValue(["Europe/Berlin"]); // some 400, which jsdom is slow with
  queryClient.clear();
  answers = {
    "POST /api/workflow-triggers/preview": { times: [] },
    "GET /api/channels": [{ id: "c1", kind: "channel", name: "general", auto_run: false }],
  };
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const show = (): void => renderRouted(<Triggers saved={savedWorkflow()} />);

test("a schedule that is none is refused at its field, whatever the server calls that", async () => {
  const sent = scriptWire(answers);
  show();
  await userEvent.click(await screen.findByRole("button", { name: "New trigger" }));
  const dialog = await screen.findByRole("dialog", { name: "New trigger" });
  const cron = within(dialog).getByLabelText("Cron expression");
  await userEvent.clear(cron);
  await userEvent.paste("*/20 * * * *");
  expect(within(dialog).getByText("Every 20 minutes")).toBeTruthy();
  answers[MAKE] = refusal({ "settings.schedule.cron": "is required", "parameters.week": "is required, and nothing else fills it" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Create" }));
  expect((await within(dialog).findByText("is required")).id).toBe(cron.getAttribute("aria-describedby"));
  expect(within(dialog).getByText("is required, and nothing else fills it")).toBeTruthy();
  answers[MAKE] = trigger();
  answers[LIST] = [trigger({ next_at: "2026-11-30T09:00:00Z" })];
  await userEvent.click(within(dialog).getByRole("textbox", { name: "week" }));
  await userEvent.paste("48");
  await userEvent.click(within(dialog).getByRole("button", { name: "Create" }));
  const item = await screen.findByRole("listitem", { name: "Monday to Friday at 09:00" });
  expect(item.querySelector("time")?.dateTime).toBe("2026-11-30T09:00:00Z");
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(sent.findLast(({ what }) => what === MAKE)?.body).toMatchObject({ saved_workflow_id: "s1", channel_id: "c1", parameters: { week: "48" }, settings: { kind: "schedule", cron: "*/20 * * * *" } });
});

test("the secret of a call from outside is shown once", async () => {
  const sent = scriptWire(answers);
  show();
  await userEvent.click(await screen.findByRole("button", { name: "New trigger" }));
  await userEvent.click(await screen.findByRole("radio", { name: /On a call from outside/ }));
  await userEvent.click(within(screen.getByRole("group", { name: "week" })).getByLabelText("Else from the field"));
  await userEvent.paste("data.week");
  const hook = { kind: "webhook", settings: { kind: "webhook", fields: { week: "data.week" } }, url: "/api/hooks/t1" } as const;
  answers[MAKE] = trigger({ ...hook, secret: "whsec_once" });
  answers[LIST] = [trigger(hook)];
  await userEvent.click(screen.getByRole("button", { name: "Create" }));
  const dialog = await screen.findByRole("dialog", { name: "Calls from outside" });
  expect(within(dialog).getByText("whsec_once")).toBeTruthy();
  expect(within(dialog).getByText(/curl -sS .*\/api\/hooks\/t1/)).toBeTruthy();
  expect(sent.find(({ what }) => what === MAKE)?.body).toMatchObject({ settings: { kind: "webhook", fields: { week: "data.week" } }, parameters: {} });
  await userEvent.click(within(dialog).getByRole("button", { name: "I have kept it" }));
  await waitFor(() => expect(document.body.textContent).not.toContain("whsec_once"));
  expect(screen.getByRole("listitem", { name: "When a signed call comes in" })).toBeTruthy();
});

test("a trigger is switched, and a refusal stands at it", async () => {
  const sent = scriptWire(answers);
  answers[LIST] = [trigger()];
  show();
  const on = await screen.findByRole<HTMLInputElement>("switch", { name: "On: Monday to Friday at 09:00" });
  answers["PUT /api/workflow-triggers/t1"] = refusal({}, "The channel is archived.");
  await userEvent.click(on);
  expect(await screen.findByText("The channel is archived.")).toBeTruthy();
  expect(on.checked).toBe(true);
  answers["PUT /api/workflow-triggers/t1"] = trigger({ is_active: false });
  answers[LIST] = [trigger({ is_active: false })];
  await userEvent.click(on);
  await waitFor(() => expect(on.checked).toBe(false));
  expect(sent.map(({ body }) => body)).toEqual([{ is_active: false }, { is_active: false }]);
});

test("what came of it leads to what was started, and says why nothing was", async () => {
  scriptWire(answers);
  answers[LIST] = [trigger()];
  const parameters = { week: "48" };
  answers["GET /api/workflow-triggers/t1/firings"] = [
    firing({ parameters }),
    firing({ id: "f2", parameters, status: "failed", workflow_id: null, error: { code: "agent_gone", message: "There is no agent @backend." } }),
    firing({ id: "f3", parameters, kind: "schedule", occurrence: "2026-01-01T12:00:00Z", status: "skipped", workflow_id: null }),
  ];
  show();
  await userEvent.click(await screen.findByRole("button", { name: "What came of it" }));
  const list = await screen.findByRole("list", { name: "What came of it" });
  const [started, failed, left] = within(list).getAllByRole("listitem").map(({ textContent }) => textContent);
  expect(started).toMatch(/^StartedA message.*week: 48$/);
  expect(within(list).getAllByRole("link", { name: /Open the workflow/ })).toHaveLength(1);
  expect(failed).toContain("There is no agent @backend.");
  expect(left).toContain("Left out");
});

test("a demo has no triggers, and says what to do", async () => {
  scriptWire(answers);
  renderRouted(<Triggers saved={savedWorkflow({ is_demo: true })} />);
  expect(await screen.findByText(/save its plan under a name of your own/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "New trigger" })).toBeNull();
});
