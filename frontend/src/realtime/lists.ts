import type { QueryKey } from "@tanstack/react-query";
import { agentsQuery, channelsQuery, membersQuery, providersQuery, queryClient } from "@/api/queries";

const SETTLE_MS = 150;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Loads the agents anew, once for many changes that come together. */
export function agentsChanged(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    reload(agentsQuery.queryKey);
  }, SETTLE_MS);
}

export function membersChanged(channelId: string): void {
  reload(membersQuery(channelId).queryKey);
}

/** Looks at the providers again, where an answer has failed: one of them may be the reason. */
export function providersInDoubt(): void {
  reload(providersQuery.queryKey);
}

/** Loads what may have changed unheard while nobody was connected. */
export function listsMissed(): void {
  agentsChanged();
  void queryClient.invalidateQueries(channelsQuery);
  reload(["members"]);
  reload(["workflows"]);
}

/** Loads anew what is shown of these queries. */
export function reload(queryKey: QueryKey): void {
  // A first load that is under way may have missed the change; by itself it would pass as the new one.
  void queryClient.cancelQueries({ queryKey }).then(() => queryClient.invalidateQueries({ queryKey }));
}
