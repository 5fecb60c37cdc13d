import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { sentence } from "@/api/problem";
import { CollectionDialog } from "@/features/memories/collections/CollectionDialog";
import { Collections } from "@/features/memories/collections/Collections";
import { collectionQuery } from "@/features/memories/collections/sharing";
import { DeleteCollection } from "@/features/memories/collections/DeleteCollection";
import { Grants } from "@/features/memories/collections/Grants";
import { MemoryBrowser } from "@/features/memories/MemoryBrowser";
import { Button, buttonLook } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { TopBar } from "./TopBar";

/** The memories that agents share. */
export function CollectionsPage(): ReactElement {
  const [isNaming, setIsNaming] = useState(false);
  const navigate = useNavigate();
  return (
    <>
      <TopBar page="Shared memory" note="What several agents may read">
        <Button kind="primary" icon="plus" onClick={() => setIsNaming(true)}>New collection</Button>
      </TopBar>
      <div className="min-h-0 flex-1 overflow-y-auto"><Collections onNew={() => setIsNaming(true)} /></div>
      {isNaming && (
        <CollectionDialog
          collection={null}
          onClose={() => setIsNaming(false)}
          onSaved={({ id }) => void navigate({ to: "/shared-memory/$collectionId", params: { collectionId: id } })}
        />
      )}
    </>
  );
}

type Asking = "edit" | "delete" | null;

/** A collection: who may read it, and what is in it. */
export function CollectionPage(): ReactElement {
  const { collectionId } = useParams({ from: "/shared-memory/$collectionId" });
  const { memory } = useSearch({ from: "/shared-memory/$collectionId" });
  const { data: collection, error } = useQuery(collectionQuery(collectionId));
  const [asking, setAsking] = useState<Asking>(null);
  const navigate = useNavigate();
  const close = (): void => setAsking(null);
  return (
    <>
      <TopBar page={collection?.name ?? "Shared memory"} note="Shared memory">
        <Link to="/shared-memory" className={buttonLook("ghost")}><Icon name="back" /><span className="sr-only sm:not-sr-only">All collections</span></Link>
      </TopBar>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {error && <p role="alert" className="p-8 text-soft">{sentence(error)}</p>}
        {collection && (
          <>
            <div className="mx-auto grid max-w-4xl gap-6 p-4 pb-0 sm:p-6 sm:pb-0">
              <div className="flex flex-wrap items-start gap-3">
                <p className="min-w-0 flex-1 text-soft wrap-anywhere">{collection.description || "No description."}</p>
                <Button icon="edit" onClick={() => setAsking("edit")}>Edit</Button>
                <Button kind="danger" icon="trash" onClick={() => setAsking("delete")}>Delete</Button>
              </div>
              <Grants collectionId={collection.id} />
            </div>
            <MemoryBrowser
              key={collection.id}
              owner={{ kind: "collection", id: collection.id, name: collection.name }}
              chosen={memory}
              onChoose={(chosen) => void navigate({ to: "/shared-memory/$collectionId", params: { collectionId }, search: { memory: chosen } })}
            />
            {asking === "edit" && <CollectionDialog collection={collection} onClose={close} onSaved={close} />}
            {asking === "delete" && <DeleteCollection collection={collection} onClose={close} onDeleted={() => void navigate({ to: "/shared-memory" })} />}
          </>
        )}
      </div>
    </>
  );
}
