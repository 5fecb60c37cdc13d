import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { RECALLED_KEY } from "./owner";

/** The memories that an answer was given, as they are now. */
export const recalledQuery = (messageId: string) =>
  queryOptions({
    queryKey: [...RECALLED_KEY, messageId],
    queryFn: () => body(api.GET("/api/messages/{message_id}/memories", { params: { path: { message_id: messageId } } })),
  });
