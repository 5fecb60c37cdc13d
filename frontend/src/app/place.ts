/** Where a channel is opened: at a message, with a thread beside it. */
export interface ChannelPlace {
  channelId: string;
  messageId: string | undefined;
  threadId: string | undefined;
}

/** The message to show in the channel itself: of a reply, that is the beginning of its thread. */
export function targetInChannel({ messageId, threadId }: Omit<ChannelPlace, "channelId">): string | undefined {
  return threadId !== undefined && messageId !== undefined ? threadId : messageId;
}
