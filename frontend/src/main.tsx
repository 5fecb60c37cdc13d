import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "@/api/queries";
import { applyPreferences } from "@/app/preferences";
import { router } from "@/app/router";
import { recoverFromUpdates } from "@/app/staleChunks";
import { connect } from "@/realtime/socket";
import "@/app/theme.css";
import "@/features/messages/messages.css";
import "@/ui/markdown/markdown.css";

recoverFromUpdates();
applyPreferences();
connect();

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no place for the workspace.");
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
);
