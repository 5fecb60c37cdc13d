import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { agentsQuery, providersQuery, queryClient } from "@/api/queries";
import { agent, provider } from "@/test/agents";
import { MemberList } from "./MemberList";
import { invite } from "./members";

const AGENTS = [agent(), agent({ id: "a2", name: "QA", handle: "qa", persona: { role: "Tester" } }), agent({ id: "a3", name: "Off", handle: "off", is_active: false })];

// The wire alone is scripted: the members are what the server holds.
let members: string[];

beforeEach(() => {
  members = ["a1"];
  queryClient.clear();
  queryClient.setQueryData(agentsQuery.queryKey, AGENTS);
  queryClient.setQueryData(providersQuery.queryKey, [provider("openai")]);
  vi.stubGlobal("fetch", async (request: Request) => {
    const id = new URL(request.url).pathname.split("/members/")[1];
    if (request.method === "PUT" && id) members.push(id);
    if (request.method === "DELETE") members = members.filter((other) => other !== id);
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    return Response.json(members.map((one) => ({ agent_id: one, name: one, handle: one, joined_at: "2026-01-01T00:00:00Z" })));
  });
});
afterEach(() => vi.unstubAllGlobals());

const list = (name: string): HTMLElement => screen.getByRole("list", { name });

test("members are added and taken out; only who is switched on can be added", async () => {
  render(<QueryClientProvider client={queryClient}><MemberList channelId="c1" /></QueryClientProvider>);
  expect(await within(list("Members")).findByText("Backend")).toBeTruthy();
  expect(within(list("Agents to add")).queryByText("Off")).toBeNull();
  await userEvent.type(screen.getByLabelText("Find an agent to add"), "test");
  await userEvent.click(screen.getByRole("button", { name: "Add QA" }));
  await waitFor(() => expect(screen.getByRole("button", { name: "Remove QA" })).toBeTruthy());
  expect(screen.getByText("No other agent fits.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Remove Backend" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: "Remove Backend" })).toBeNull());
  expect(members).toEqual(["a2"]);
});

test("agents are invited by their handles, all or none", async () => {
  expect(await invite("c1", "@qa, backend", AGENTS)).toBe("QA, Backend are members now.");
  expect(members).toEqual(["a1", "a2", "a1"]);
  await expect(invite("c1", "@qa @nobody", AGENTS)).rejects.toThrow("There is no agent @nobody.");
  await expect(invite("c1", "", AGENTS)).rejects.toThrow("/invite @backend");
  expect(members).toHaveLength(3);
});
