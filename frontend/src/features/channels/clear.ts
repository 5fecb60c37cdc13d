import { api, body } from "@/api/client";
import { channelsQuery, queryClient } from "@/api/queries";

/** Makes the agents of a channel forget what was said before. */
export async function clearChannel(channelId: string): Promise<void> {
  await body(api.POST("/api/channels/{channel_id}/clear", { params: { path: { channel_id: channelId } } }));
  await queryClient.invalidateQueries(channelsQuery);
}

/** Takes a channel out of the lists; what runs in it stops. */
export async function archiveChannel(channelId: string): Promise<void> {
  await body(api.DELETE("/api/channels/{channel_id}", { params: { path: { channel_id: channelId } } }));
  await queryClient.invalidateQueries(channelsQuery);
}

/** Puts an archived channel back into the lists. */
export async function bringBackChannel(channelId: string): Promise<void> {
  const path = { channel_id: channelId };
  await body(api.PUT("/api/channels/{channel_id}", { params: { path }, body: { archived: false } }));
  await queryClient.invalidateQueries(channelsQuery);
}
