import { useState } from "react";
import { sentence } from "@/api/problem";

interface Attempt {
  isBusy: boolean;
  /** Why the last one was refused. */
  refusal: string | null;
  attempt: (act: () => Promise<unknown>) => Promise<boolean>;
}

/** Does one thing at a time, and keeps why it was refused. `attempt` returns whether it was done. */
export function useAttempt(): Attempt {
  const [isBusy, setIsBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const attempt = async (act: () => Promise<unknown>): Promise<boolean> => {
    setIsBusy(true);
    setRefusal(null);
    try {
      await act();
      return true;
    } catch (error) {
      setRefusal(sentence(error));
      return false;
    } finally {
      setIsBusy(false);
    }
  };
  return { isBusy, refusal, attempt };
}
