import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { statusQuery, tellingOf } from "./status";

/** Says, while memories are being read anew, how far that is; otherwise nothing. */
export function StatusLine(): ReactElement | null {
  const { data } = useQuery(statusQuery);
  const telling = data && tellingOf(data);
  if (!telling) return null;
  return (
    <div role="status" className="text-sm text-soft">
      <p>{telling.text}</p>
      {telling.done < 1 && (
        <svg aria-hidden="true" className="memory-progress" viewBox="0 0 100 4" preserveAspectRatio="none">
          <rect className="memory-bar-all" width="100" height="4" />
          <rect width={telling.done * 100} height="4" />
        </svg>
      )}
    </div>
  );
}
