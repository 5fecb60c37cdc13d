import type { ReactElement } from "react";
import { sentence } from "@/api/problem";
import { TopBar } from "./TopBar";

/** What stands in a channel's place while it is not there yet, or can't be had. */
export function NoChannel({ error }: { error: Error | null }): ReactElement {
  return (
    <>
      <TopBar page="Channel" />
      {error && <p role="alert" className="grid flex-1 place-content-center p-8 text-center text-soft">{sentence(error)}</p>}
    </>
  );
}
