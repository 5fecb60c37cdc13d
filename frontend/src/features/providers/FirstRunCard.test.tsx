import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterContextProvider } from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { agentsQuery, providersQuery, queryClient, templatesQuery } from "@/api/queries";
import { agent, provider } from "@/test/agents";
import { FirstRunCard } from "./FirstRunCard";

const onStart = vi.fn<(text: string) => void>();

beforeEach(() => {
  onStart.mockReset();
  queryClient.clear();
  queryClient.setQueryData(providersQuery.queryKey, [provider("local", { state: "trial", is_default: true })]);
  queryClient.setQueryData(agentsQuery.queryKey, [agent({ handle: "backend" }), agent({ id: "a2", handle: "editor", is_active: false })]);
  queryClient.setQueryData(templatesQuery.queryKey, [
    { id: "software", name: "Software", description: "", agents: [], starters: ["@backend What is a join?"] },
    { id: "content", name: "Content", description: "", agents: [], starters: ["@editor Tighten this."] },
  ]);
});

function show(): void {
  const router = createRouter({ routeTree: createRootRoute(), history: createMemoryHistory() });
  render(
    <QueryClientProvider client={queryClient}>
      <RouterContextProvider router={router as never}>
        <FirstRunCard providers={queryClient.getQueryData(providersQuery.queryKey) ?? []} isLooking={false} onLook={() => undefined} onStart={onStart} />
      </RouterContextProvider>
    </QueryClientProvider>,
  );
}

test("a team that is there can be asked its first question", async () => {
  show();
  expect(screen.getByText("You are trying it with a tiny model")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Ask the Software team: @backend What is a join?" }));
  expect(onStart).toHaveBeenCalledWith("@backend What is a join?");
});

test("a team that is missing, or switched off, leads to its template", () => {
  show();
  expect(screen.getByRole("link", { name: "Add the Content team" }).getAttribute("href")).toBe("/agents/templates/content");
});
