import createClient from "openapi-fetch";
import type { paths } from "./generated/schema";
import { asApiError, unreachable } from "./problem";

export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  fetch: (request) => globalThis.fetch(request),
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Returns the body of an answer. Throws ApiError for a refusal and when nobody answers. */
export async function body<T>(request: Promise<Answer<T>>): Promise<T> {
  return (await answer(request)).body;
}

/** Returns a page of a list, and the cursor of the page that follows in the same direction. */
export async function page<T>(request: Promise<Answer<T>>, cursor = "cursor"): Promise<Page<T>> {
  const { body: rows, response } = await answer(request);
  return { rows, next: nextCursor(response.headers.get("Link"), cursor) };
}

export interface Page<T> {
  rows: T;
  next: string | null;
}

async function answer<T>(request: Promise<Answer<T>>): Promise<{ body: T; response: Response }> {
  let result: Answer<T>;
  try {
    result = await request;
  } catch (error) {
    if (error instanceof TypeError) throw unreachable();
    throw error;
  }
  if (!result.response.ok) throw asApiError(result.error, result.response);
  return { body: result.data as T, response: result.response };
}

/** Reads `<address>; rel="next"`. */
export function nextCursor(link: string | null, name: string): string | null {
  const address = /<([^>]*)>\s*;\s*rel="next"/.exec(link ?? "")?.[1];
  if (address === undefined) return null;
  return new URL(address, "http://localhost").searchParams.get(name);
}
