import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { renderRouted } from "@/test/routed";
import { refusal, scriptWire, type Answers } from "@/test/wire";
import { workflow } from "@/test/workflows";
import { ImportPlan } from "./ImportPlan";

let answers: Answers;

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  queryClient.clear();
  answers = { "GET /api/channels": [{ id: "c1", kind: "channel", name: "general", auto_run: false }] };
});
afterEach(() => vi.unstubAllGlobals());

test("a file is sent as it is, and all that is wrong with it is told", async () => {
  const sent = scriptWire(answers);
  const made = vi.fn();
  renderRouted(<ImportPlan channelId={undefined} onClose={() => undefined} onMade={made} />);
  const dialog = await screen.findByRole("dialog", { name: "Import a plan" });
  await within(dialog).findByRole("option", { name: "#general" });
  await userEvent.upload(within(dialog).getByLabelText("File"), new File(['{"format": "reznet-workflow"}'], "plan.json", { type: "application/json" }));
  answers["POST /api/workflows/import"] = refusal({ title: "is required", "tasks.0.agent": "there is no agent @x" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Import" }));
  expect((await within(dialog).findByRole("alert")).textContent).toBe("title: is requiredtasks.0.agent: there is no agent @x");
  answers["POST /api/workflows/import"] = workflow([]);
  await userEvent.click(within(dialog).getByRole("button", { name: "Import" }));
  await waitFor(() => expect(made).toHaveBeenCalledOnce());
  expect(sent[1]?.body).toEqual({ format: "reznet-workflow" });
});
