import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState, type ReactElement } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { renderRouted } from "@/test/routed";
import { delivery, webhook } from "@/test/saved";
import { refusal, scriptWire, type Answers } from "@/test/wire";
import { Webhooks } from "./Webhooks";
import { endingsWords } from "./words";

let answers: Answers;

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  queryClient.clear();
  answers = {};
});
afterEach(() => vi.unstubAllGlobals());

function Page(): ReactElement {
  const [isNew, setIsNew] = useState(false);
  return <Webhooks isNew={isNew} onNew={setIsNew} />;
}

test("a webhook is made, after its address was refused, and its secret is shown once", async () => {
  const sent = scriptWire(answers);
  renderRouted(<Page />);
  await userEvent.click(await screen.findByRole("button", { name: "New webhook" }));
  const dialog = await screen.findByRole("dialog", { name: "New webhook" });
  await userEvent.click(within(dialog).getByLabelText("Address"));
  await userEvent.paste("example.com");
  await userEvent.click(within(dialog).getByRole("checkbox", { name: "completed" }));
  answers["POST /api/webhooks"] = refusal({ url: "must be an address such as https://example.com/hook" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Create" }));
  expect(await within(dialog).findByText("must be an address such as https://example.com/hook")).toBeTruthy();
  answers["POST /api/webhooks"] = webhook();
  answers["GET /api/webhooks"] = [webhook({ statuses: ["failed", "cancelled"] })];
  await userEvent.click(within(dialog).getByRole("button", { name: "Create" }));
  await userEvent.click(await screen.findByRole("button", { name: "I have kept it" }));
  await waitFor(() => expect(document.body.textContent).not.toContain("whsec_abc"));
  expect(screen.getByText("All workflows, when they fail or are cancelled")).toBeTruthy();
  expect(sent[1]?.body).toMatchObject({ url: "example.com", statuses: ["failed", "cancelled"], channel_id: null });
});

test("a call that was given up is sent again", async () => {
  const sent = scriptWire(answers);
  answers["GET /api/webhooks"] = [webhook({ last_error: "answered with status 500" })];
  answers["GET /api/webhooks/h1/deliveries"] = [delivery({ status: "failed", attempts: 8, response_status: 500, error: "answered with status 500" })];
  renderRouted(<Page />);
  await userEvent.click(await screen.findByRole("button", { name: "Last calls" }));
  const calls = await screen.findByRole("list", { name: "Calls" });
  expect(within(calls).getByText("Given up")).toBeTruthy();
  expect(within(calls).getByText(/8 tries · answered 500/)).toBeTruthy();
  answers["GET /api/webhooks/h1/deliveries"] = [delivery()];
  await userEvent.click(within(calls).getByRole("button", { name: /^Send again/ }));
  expect(await within(calls).findByText("Delivered")).toBeTruthy();
  expect(sent.map(({ what }) => what)).toEqual(["POST /api/webhooks/h1/deliveries/d1/redeliver"]);
});

test("what waits is tried now only where that is sooner, and nothing is sent where the webhook is off", async () => {
  scriptWire(answers);
  const soon = new Date(Date.now() + 5_000).toISOString();
  const late = new Date(Date.now() + 3_600_000).toISOString();
  answers["GET /api/webhooks"] = [webhook(), webhook({ id: "h2", url: "https://example.com/off", is_active: false })];
  answers["GET /api/webhooks/h1/deliveries"] = [delivery({ status: "waiting", next_at: soon }), delivery({ id: "d2", status: "waiting", next_at: late })];
  answers["GET /api/webhooks/h2/deliveries"] = [delivery({ id: "d3", webhook_id: "h2" })];
  renderRouted(<Page />);
  for (const button of await screen.findAllByRole("button", { name: "Last calls" })) await userEvent.click(button);
  await waitFor(() => expect(screen.getAllByRole("list", { name: "Calls" })).toHaveLength(2));
  expect(screen.getAllByRole("button", { name: /^Try now/ })).toHaveLength(1);
  expect(screen.queryByRole("button", { name: /^Send again/ })).toBeNull();
});

test("endings are said in any order they come", () => {
  expect(endingsWords(["cancelled", "failed", "completed"])).toBe("however they end");
  expect(endingsWords(["failed", "completed"])).toBe("when they are completed or fail");
});
