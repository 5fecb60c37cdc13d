import { vi } from "vitest";

export interface Sent {
  /** Method and path, such as `PUT /api/webhooks/h1`. */
  what: string;
  body: unknown;
}

export type Answers = Record<string, unknown>;

/**
 * Scripts the wire alone: what is asked for by method and path is answered as `answers` says now, lists that are not in
 * it are empty. A function is called with the request for its answer, and waited for. Returns what was sent beside questions, in its order.
 */
export function scriptWire(answers: Answers): Sent[] {
  const sent: Sent[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const what = `${request.method} ${new URL(request.url).pathname}`;
    if (request.method !== "GET") sent.push({ what, body: await request.clone().json().catch(() => null) });
    const answer = answers[what] ?? [];
    const given: unknown = typeof answer === "function" ? await answer(request) : answer;
    return given instanceof Response ? given : Response.json(given);
  });
  return sent;
}

/** Returns an answer that gives a list page by page, as it is by then; a cursor is the id of the row that it is behind. */
export function inPages(list: readonly { id: string }[]): (request: Request) => Response {
  return (request) => {
    const { searchParams: query } = new URL(request.url);
    const from = list.findIndex(({ id }) => id === query.get("cursor")) + 1;
    const rows = list.slice(from, from + Number(query.get("limit")));
    const isLast = from + rows.length >= list.length;
    return Response.json(rows, isLast ? {} : { headers: { Link: `</api?cursor=${rows.at(-1)?.id}>; rel="next"` } });
  };
}

/** Returns a refusal with its fields. */
export function refusal(errors: Record<string, string>, detail = "That can't be."): Response {
  const fields = Object.entries(errors).map(([field, message]) => ({ field, message }));
  return Response.json({ status: 400, code: "invalid", detail, errors: fields }, { status: 400 });
}
