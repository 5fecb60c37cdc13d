import { asApiError, unreachable } from "@/api/problem";
import type { FileInfo } from "@/api/types";

/**
 * Sends a file and returns what the server made of it. Throws ApiError; never ends once it was aborted.
 *
 * Not with fetch, which does not tell how much has been sent.
 */
export function upload(channelId: string, file: File, onProgress: (part: number) => void, signal: AbortSignal): Promise<FileInfo> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/files?${new URLSearchParams({ channel_id: channelId, name: file.name })}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
    request.addEventListener("load", () => {
      const body = parsed(request.responseText);
      if (request.status === 201) resolve(body as FileInfo);
      else reject(asApiError(body, request));
    });
    request.addEventListener("error", () => reject(unreachable()));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
