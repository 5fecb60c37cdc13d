import { useEffect, useState } from "react";
import type { Workflow } from "@/api/types";
import { notify } from "@/ui/toast";
import { useUnsaved } from "@/ui/unsaved";
import { isOver } from "../words";
import { draftOf, isChanged, settled, type Draft } from "./draft";
import { keepDraft, keptDraft } from "./kept";

interface Editing {
  draft: Draft;
  isDirty: boolean;
  /** Whether the changes are from before this page was opened. */
  isKept: boolean;
  /** Whether somebody has edited the plan since the edit began. */
  isOutdated: boolean;
  set: (draft: Draft) => void;
  reset: () => void;
}

/** The edit of a plan. It is kept in this tab until it is saved or dropped; without changes it follows the plan. */
export function useDraft(workflow: Workflow): Editing {
  const { id } = workflow;
  const [{ own, isKept }, setOwn] = useState<{ own: Draft | null; isKept: boolean }>(() => {
    const kept = keptDraft(id);
    return { own: kept, isKept: kept !== null };
  });
  const isDirty = own !== null && isChanged(own);
  useUnsaved(isDirty);
  useLeaveWarning(isDirty);
  useEffect(
    () => () => {
      if (keptDraft(id) !== null) notify("Your changes of the plan are not saved yet. They are kept in this tab.");
    },
    [id],
  );
  const set = (draft: Draft): void => {
    setOwn({ own: draft, isKept: false });
    keepDraft(id, isChanged(draft) ? draft : null);
  };
  const reset = (): void => {
    setOwn({ own: null, isKept: false });
    keepDraft(id, null);
  };
  const isOutdated = isDirty && own.base.version !== workflow.version;
  const draft = isDirty ? own : draftOf(workflow);
  return { draft: isOver(workflow) || isOutdated ? draft : settled(draft, workflow), isDirty, isKept: isKept && isDirty, isOutdated, set, reset };
}

/** Has the browser ask before the tab is closed: what is kept in the tab is lost with it. */
function useLeaveWarning(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isDirty]);
}
