import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { renderRouted } from "@/test/routed";
import { savedWorkflow } from "@/test/saved";
import { refusal, scriptWire, type Answers, type Sent } from "@/test/wire";
import { TriggerDialog } from "./TriggerDialog";

const PREVIEW = "POST /api/workflow-triggers/preview";
const FIVE = "must have five fields";

let answers: Answers;
let sent: Sent[];

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  vi.spyOn(Intl, "supportedValuesOf").mockReturnValue(["Europe/Berlin"]); // some 400, which jsdom is slow with
  queryClient.clear();
  answers = { "GET /api/channels": [{ id: "c1", kind: "channel", name: "general", auto_run: false }] };
  sent = scriptWire(answers);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Answers with one time, whose minute is that of the expression, or with a refusal of what has not five fields. */
async function preview(request: Request): Promise<unknown> {
  const { settings } = (await request.json()) as { settings: { cron: string } };
  const [minute = "", ...others] = settings.cron.split(" ");
  return others.length === 4 ? { times: [`2031-03-31T09:${minute.padStart(2, "0")}:00+02:00`] } : refusal({ "settings.cron": FIVE });
}

async function show(): Promise<HTMLElement> {
  renderRouted(<TriggerDialog saved={savedWorkflow()} trigger={null} onClose={() => undefined} onMade={() => undefined} />);
  return screen.findByLabelText("Cron expression");
}

const nextTimes = () => within(screen.getByRole("group", { name: /^Next times/ }));
const asked = (): unknown[] => sent.filter(({ what }) => what === PREVIEW).map(({ body }) => (body as { settings: { cron: string } }).settings.cron);

test("the next times follow what is written, once it rests, and those of before are gone at once", async () => {
  answers[PREVIEW] = preview;
  const cron = await show();
  expect((await nextTimes().findByRole("time")).textContent).toMatch(/09:00.* UTC\+2$/);
  await userEvent.type(cron, "{Home}{Delete}3");
  expect(nextTimes().queryByRole("time")).toBeNull();
  await userEvent.type(cron, "{Home}1");
  const time = await nextTimes().findByRole("time");
  expect(time.getAttribute("datetime")).toBe("2031-03-31T09:13:00+02:00");
  expect(nextTimes().getByRole("status").textContent).toBe(`Next on ${time.textContent}`);
  expect(asked()).toEqual(["0 9 * * 1-5", "13 9 * * 1-5"]);
});

test("an answer that comes late is not shown as that of what is written by then", async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  answers[PREVIEW] = async (request: Request) => {
    if (asked().length === 1) await held;
    return preview(request);
  };
  const cron = await show();
  await waitFor(() => expect(asked()).toHaveLength(1));
  await userEvent.type(cron, "{Home}2");
  expect((await nextTimes().findByRole("time")).textContent).toMatch(/09:20/);
  release();
  await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  expect(nextTimes().getByRole("time").textContent).toMatch(/09:20/);
});

test("what is half written is not called wrong; that is said once somebody has gone on, and no longer than it is so", async () => {
  answers[PREVIEW] = preview;
  const cron = await show();
  await userEvent.clear(cron);
  await userEvent.type(cron, "7 9 *");
  expect(await nextTimes().findByText(/once the schedule can be read/)).toBeTruthy();
  expect(cron.getAttribute("aria-invalid")).toBe("false");
  expect(screen.queryByRole("alert")).toBeNull();
  await userEvent.tab();
  expect(screen.getByRole("alert").id).toBe(cron.getAttribute("aria-describedby"));
  expect(screen.getByRole("alert").textContent).toBe(FIVE);
  await userEvent.type(cron, " * *");
  expect(screen.queryByRole("alert")).toBeNull();
  expect((await nextTimes().findByRole("time")).textContent).toMatch(/09:07/);
});

test("a refusal of saving goes once its field is changed, and with the last one the note that fields need a change", async () => {
  answers[PREVIEW] = preview;
  answers["POST /api/workflow-triggers"] = refusal({ "settings.cron": FIVE });
  const cron = await show();
  await userEvent.clear(cron);
  await userEvent.type(cron, "7 9 *{Enter}");
  expect(await screen.findByText(FIVE)).toBeTruthy();
  expect(screen.getByText(/Some fields need a change/)).toBeTruthy();
  await waitFor(() => expect(document.activeElement).toBe(cron));
  await userEvent.keyboard("{End} * *");
  expect(screen.queryByText(FIVE)).toBeNull();
  expect(screen.queryByText(/Some fields need a change/)).toBeNull();
});

test("a zone that the server has not is said at once, at its field", async () => {
  answers[PREVIEW] = refusal({ "settings.time_zone": "is no time zone" });
  await show();
  expect((await screen.findByText("is no time zone")).id).toBe(screen.getByLabelText("Time zone").getAttribute("aria-describedby"));
});

test("times that can't be had are asked for again", async () => {
  answers[PREVIEW] = Response.json({ status: 403, code: "forbidden", detail: "Not for you." }, { status: 403 });
  await show();
  expect(await nextTimes().findByText(/Not for you/)).toBeTruthy();
  answers[PREVIEW] = preview;
  await userEvent.click(nextTimes().getByRole("button", { name: "Try again" }));
  expect(await nextTimes().findByRole("time")).toBeTruthy();
});
