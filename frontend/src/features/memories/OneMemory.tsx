import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { sentence } from "@/api/problem";
import type { Memory } from "@/api/types";
import { Button } from "@/ui/Button";
import { MemoryItem } from "./MemoryItem";
import { get, keyOf, type Owner } from "./owner";

interface Props {
  owner: Owner;
  memoryId: string;
  onEdit: (memory: Memory) => void;
  onShow: (memoryId: string | undefined) => void;
}

/** The one memory that an address points to. */
export function OneMemory({ owner, memoryId, onEdit, onShow }: Props): ReactElement {
  const { data, error } = useQuery({ queryKey: [...keyOf(owner), "one", memoryId], queryFn: () => get(owner, memoryId), retry: false });
  return (
    <section aria-label="One memory" className="grid gap-3">
      {error && <p role="alert" className="text-soft">{sentence(error)}</p>}
      {data && <MemoryItem key={data.id} memory={data} owner={owner} onEdit={onEdit} onShow={onShow} onForgotten={() => onShow(undefined)} />}
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- what was pressed before is gone with the list */}
      <div><Button autoFocus icon="back" onClick={() => onShow(undefined)}>All memories</Button></div>
    </section>
  );
}
