import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, type ReactElement } from "react";
import { providersQuery } from "@/api/queries";
import type { Provider } from "@/api/types";

const FirstRunCard = lazy(() => import("./FirstRunCard").then((module) => ({ default: module.FirstRunCard })));

/** Says that no real model is connected, and how to connect one; nothing when one is. */
export function FirstRun({ onStart }: { onStart: (text: string) => void }): ReactElement | null {
  const { data, isFetching, refetch } = useQuery(providersQuery);
  if (data === undefined || !needsModel(data)) return null;
  return (
    <Suspense fallback={null}>
      <FirstRunCard providers={data} isLooking={isFetching} onLook={() => void refetch()} onStart={onStart} />
    </Suspense>
  );
}

/** Whether agents that follow the settings have no real model to answer with. */
export function needsModel(providers: readonly Provider[]): boolean {
  const chosen = providers.find((provider) => provider.is_default);
  return chosen === undefined || chosen.state !== "ready";
}
