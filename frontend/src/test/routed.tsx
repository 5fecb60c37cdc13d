import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { queryClient } from "@/api/queries";

/** Renders what asks for data and links to pages, on a page of its own. */
export function renderRouted(element: ReactElement): void {
  const root = createRootRoute({ component: () => element });
  const router = createRouter({ routeTree: root, history: createMemoryHistory() });
  render(
    <QueryClientProvider client={queryClient}>
      {/* oxlint-disable-next-line typescript/no-explicit-any -- not the product's own routes */}
      <RouterProvider router={router as any} />
    </QueryClientProvider>,
  );
}
