import type { Problem } from "./types";

/** A refusal of the API, or a request that reached nobody. `message` says the next step. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: ReadonlyMap<string, string>;

  constructor(problem: Pick<Problem, "detail" | "code" | "status"> & Partial<Problem>) {
    super(problem.detail);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code;
    this.fields = new Map((problem.errors ?? []).map(({ field, message }) => [field, message]));
  }

  /** Whether sending the same request again can help. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The code of what reached nobody. */
export const UNREACHABLE = "unreachable";

export function unreachable(): ApiError {
  return new ApiError({
    status: 0,
    code: UNREACHABLE,
    detail: "The server can't be reached. Check the connection and try again.",
  });
}

/** Returns any refusal as a sentence for people. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong. Try again.";
}

export function asApiError(body: unknown, response: Pick<Response, "status">): ApiError {
  if (isProblem(body)) return new ApiError(body);
  return new ApiError({
    status: response.status,
    code: "unexpected_answer",
    detail: `The server answered ${response.status}. Try again in a moment.`,
  });
}

function isProblem(body: unknown): body is Problem {
  return typeof body === "object" && body !== null && "detail" in body && "code" in body;
}
