import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { useChannels } from "@/api/hooks";
import { sentence } from "@/api/problem";
import { Button } from "@/ui/Button";
import { collectionsQuery } from "./sharing";
import "../memories.css";

/** Every collection that agents may share. */
export function Collections({ onNew }: { onNew: () => void }): ReactElement {
  const { data, error, refetch } = useQuery(collectionsQuery);
  const channels = useChannels();
  const placeOf = (channelId: string | null): string =>
    channelId === null ? "Read everywhere" : `Read in #${channels.find(({ id }) => id === channelId)?.name ?? "a channel"}`;
  return (
    <div className="mx-auto grid max-w-4xl gap-4 p-4 sm:p-6">
      {error && (
        <div role="alert" className="grid justify-items-start gap-3">
          <p className="text-danger">{sentence(error)}</p>
          <Button icon="retry" onClick={() => void refetch()}>Try again</Button>
        </div>
      )}
      {!data && !error && <div role="status" aria-label="Loading the collections" className="memory-bone" />}
      {data?.length === 0 && (
        <div className="mx-auto grid max-w-lg justify-items-center gap-4 py-10 text-center text-soft">
          <p>Each agent remembers for itself. What several agents should know, such as house rules or the facts of a project, goes into a collection that you let them read.</p>
          <Button kind="primary" icon="plus" onClick={onNew}>New collection</Button>
        </div>
      )}
      <ul aria-label="Collections" className="grid gap-2.5">
        {data?.map(({ id, name, description, channel_id: channelId }) => (
          <li key={id} className="memory">
            <div className="memory-facts">
              <Link to="/shared-memory/$collectionId" params={{ collectionId: id }} className="font-semibold text-text underline">{name}</Link>
              <span>{placeOf(channelId)}</span>
            </div>
            {description !== "" && <p className="mt-1 text-sm text-soft wrap-anywhere">{description}</p>}
          </li>
        ))}
      </ul>
    </div>
  );
}
