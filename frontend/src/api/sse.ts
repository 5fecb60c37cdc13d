import { asApiError, unreachable } from "./problem";

/** One server-sent event; `data` is its JSON. */
export interface ServerEvent {
  name: string;
  data: unknown;
}

/**
 * Posts JSON and yields the events of the answer as they come. Leaving the loop, or the signal, closes the connection.
 * Throws ApiError for a refusal, when nobody answers and when the stream breaks off.
 */
export async function* postForEvents(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const request = new Request(new URL(path, location.origin), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal,
  });
  try {
    const response = await globalThis.fetch(request);
    if (!response.ok) throw asApiError(await problemOf(response), response);
    yield* eventsOf(response);
  } catch (error) {
    if (error instanceof TypeError) throw unreachable();
    throw error;
  }
}

async function* eventsOf(response: Response): AsyncGenerator<ServerEvent> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parse(block);
        if (event !== null) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined); // already closed
  }
}

/** Reads one event; null for what only keeps the connection open. */
function parse(block: string): ServerEvent | null {
  let name = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice("event: ".length);
    else if (line.startsWith("data: ")) data.push(line.slice("data: ".length));
  }
  return data.length === 0 ? null : { name, data: JSON.parse(data.join("\n")) as unknown };
}

async function problemOf(response: Response): Promise<unknown> {
  return response.json().catch(() => null); // not of our server
}
