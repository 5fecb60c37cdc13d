import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { renderRouted } from "@/test/routed";
import { firing } from "@/test/saved";
import { inPages, refusal, scriptWire, type Answers } from "@/test/wire";
import { Firings } from "./Firings";
import { firingsQuery } from "./queries";

const FIRINGS = "GET /api/workflow-triggers/t1/firings";

/** Makes firings from one number down to another; the higher ones are newer. */
const numbered = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, place) => firing({ id: `f${from - place}`, parameters: { week: String(from - place) } }));

let answers: Answers;

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => undefined);
  queryClient.clear();
  answers = {};
  scriptWire(answers);
});
afterEach(() => vi.unstubAllGlobals());

/** Lets older pages wait; returns what releases them. */
function holdOlder(list: readonly { id: string }[]): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  answers[FIRINGS] = async (request: Request) => {
    if (request.url.includes("cursor=")) await held;
    return inPages(list)(request);
  };
  return () => release();
}

const shown = (): number[] => screen.getAllByRole("listitem").map(({ textContent }) => Number(/week: (\d+)/.exec(textContent)?.[1]));
const down = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, place) => from - place);

test("older ones follow without a gap and once each, whatever comes on top meanwhile", async () => {
  const all = numbered(100, 1);
  answers[FIRINGS] = inPages(all);
  renderRouted(<Firings triggerId="t1" />);
  expect(await screen.findByText("The last 20 are shown.")).toBeTruthy();
  expect(shown()).toEqual(down(100, 81));
  all.unshift(...numbered(103, 101));
  await userEvent.click(screen.getByRole("button", { name: "Show older" }));
  expect(await screen.findByText("The last 70 are shown.")).toBeTruthy();
  expect(shown()).toEqual(down(100, 31));
  await queryClient.invalidateQueries(firingsQuery("t1"));
  await waitFor(() => expect(shown()).toEqual(down(103, 34)));
  await userEvent.click(screen.getByRole("button", { name: "Show older" }));
  expect(await screen.findByText("That is all of the last 30 days.")).toBeTruthy();
  expect(shown()).toEqual(down(103, 1));
  expect(screen.queryByRole("button", { name: "Show older" })).toBeNull();
});

test("the keyboard goes on at the first of the older ones, also where they are the last", async () => {
  answers[FIRINGS] = inPages(numbered(80, 1));
  renderRouted(<Firings triggerId="t1" />);
  for (const first of ["week: 60", "week: 10"]) {
    (await screen.findByRole("button", { name: "Show older" })).focus();
    await userEvent.keyboard("{Enter}");
    await waitFor(() => expect(document.activeElement?.textContent).toMatch(new RegExp(`${first}$`)));
  }
});

test("who has gone elsewhere meanwhile is left there", async () => {
  const release = holdOlder(numbered(30, 1));
  renderRouted(<Firings triggerId="t1" />);
  await userEvent.click(await screen.findByRole("button", { name: "Show older" }));
  const link = screen.getAllByRole("link")[0];
  link?.focus();
  release();
  await waitFor(() => expect(shown()).toHaveLength(30));
  expect(document.activeElement).toBe(link);
});

test("a list that is loaded anew meanwhile does not swallow the older ones", async () => {
  const release = holdOlder(numbered(30, 1));
  renderRouted(<Firings triggerId="t1" />);
  await userEvent.click(await screen.findByRole("button", { name: "Show older" }));
  await queryClient.invalidateQueries(firingsQuery("t1"));
  expect(screen.getByRole("button", { name: "Loading…" }).getAttribute("aria-disabled")).toBe("true");
  release();
  await waitFor(() => expect(shown()).toEqual(down(30, 1)));
});

test("older ones that can't be had are said, and tried again at the same button", async () => {
  const all = inPages(numbered(30, 1));
  answers[FIRINGS] = (request: Request) => (request.url.includes("cursor=") ? refusal({}, "Not now.") : all(request));
  renderRouted(<Firings triggerId="t1" />);
  const button = await screen.findByRole("button", { name: "Show older" });
  button.focus();
  await userEvent.keyboard("{Enter}");
  expect((await screen.findByRole("alert")).textContent).toBe("Not now.");
  expect(shown()).toEqual(down(30, 11));
  expect(document.activeElement).toBe(button);
  expect(button.textContent).toBe("Try again");
  answers[FIRINGS] = all;
  await userEvent.keyboard("{Enter}");
  await waitFor(() => expect(shown()).toEqual(down(30, 1)));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a list that can't be loaded anew stays, and says so", async () => {
  answers[FIRINGS] = [firing({ parameters: { week: "1" } })];
  renderRouted(<Firings triggerId="t1" />);
  await screen.findByRole("list");
  answers[FIRINGS] = refusal({}, "Not now.");
  await queryClient.invalidateQueries(firingsQuery("t1"));
  expect((await screen.findByRole("alert")).textContent).toContain("Not now.");
  expect(shown()).toEqual([1]);
  answers[FIRINGS] = [firing({ id: "f2", parameters: { week: "2" } }), firing({ parameters: { week: "1" } })];
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(shown()).toEqual([2, 1]));
  expect(screen.queryByRole("alert")).toBeNull();
});
