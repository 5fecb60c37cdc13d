import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { renderRouted } from "@/test/routed";
import { delivery } from "@/test/saved";
import { inPages, scriptWire, type Answers } from "@/test/wire";
import { Deliveries } from "./Deliveries";

const CALLS = "GET /api/webhooks/h1/deliveries";

let answers: Answers;

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  queryClient.clear();
  answers = {};
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("an older call is sent again where it stands, with a new one on top", async () => {
  const sent = scriptWire(answers);
  const all = Array.from({ length: 25 }, (_, place) => delivery({ id: `d${25 - place}` }));
  all[23] = delivery({ id: "d2", status: "failed", attempts: 8, response_status: 500, error: "answered with status 500" });
  answers[CALLS] = inPages(all);
  renderRouted(<Deliveries webhookId="h1" isActive />);
  await userEvent.click(await screen.findByRole("button", { name: "Show older" }));
  const failed = (await screen.findByText("Given up")).closest("li") as HTMLElement;
  expect(screen.getAllByRole("listitem").indexOf(failed)).toBe(23);
  all[23] = delivery({ id: "d2", status: "waiting" });
  all.unshift(delivery({ id: "d26" }));
  await userEvent.click(within(failed).getByRole("button", { name: /^Send again/ }));
  await waitFor(() => expect(screen.getAllByRole("listitem")).toHaveLength(26));
  expect(within(failed).getByText("To be tried again")).toBeTruthy();
  expect(screen.getAllByRole("listitem").indexOf(failed)).toBe(24);
  expect(sent.map(({ what }) => what)).toEqual(["POST /api/webhooks/h1/deliveries/d2/redeliver"]);
});

test("the list is looked at again while an older call waits", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  scriptWire(answers);
  const all = Array.from({ length: 25 }, (_, place) => delivery({ id: `d${25 - place}` }));
  all[23] = delivery({ id: "d2", status: "waiting" });
  answers[CALLS] = inPages(all);
  renderRouted(<Deliveries webhookId="h1" isActive />);
  await user.click(await screen.findByRole("button", { name: "Show older" }));
  await screen.findByText("To be tried again");
  all[23] = delivery({ id: "d2" });
  await vi.advanceTimersByTimeAsync(4_000);
  await waitFor(() => expect(screen.getAllByText("Delivered")).toHaveLength(25));
});
