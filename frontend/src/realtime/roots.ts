import { useEffect, useState } from "react";
import { create } from "zustand";
import { api, body } from "@/api/client";
import { ApiError, sentence } from "@/api/problem";
import type { Message } from "@/api/types";
import { onChange, useConversations } from "./conversations";

/** Beginnings of open threads whose channel isn't loaded up to them. */
const useRoots = create<Record<string, Message>>(() => ({}));

onChange((messageId, change) => {
  const known = useRoots.getState()[messageId];
  if (known) useRoots.setState({ [messageId]: change(known) });
});

interface Root {
  root: Message | undefined;
  error: string | null;
}

/** Returns the message that a thread hangs on, loaded if its channel does not have it, and why it is not there. */
export function useRoot(channelId: string, rootId: string): Root {
  const inChannel = useConversations((all) => all[channelId]?.messages.find((message) => message.id === rootId));
  const loaded = useRoots((all) => all[rootId]);
  const [error, setError] = useState<string | null>(null);
  const isMissing = inChannel === undefined;
  useEffect(() => {
    if (!isMissing) return;
    load(rootId).then(
      () => setError(null),
      (refusal: unknown) => setError(isGone(refusal) ? "The message that began this thread was deleted." : sentence(refusal)),
    );
    return () => useRoots.setState(({ [rootId]: _closed, ...others }) => others, true);
  }, [isMissing, rootId]);
  return { root: inChannel ?? loaded, error: isMissing ? error : null };
}

async function load(messageId: string): Promise<void> {
  const path = { message_id: messageId };
  useRoots.setState({ [messageId]: await body(api.GET("/api/messages/{message_id}", { params: { path } })) });
}

function isGone(refusal: unknown): boolean {
  return refusal instanceof ApiError && refusal.status === 404;
}
