/** One way to speak to the platform: bearer token, idempotency key, problem+json, a time limit. */
import { Problem, type ProblemBody } from "./problem.ts";

const TIMEOUT_MS = 20_000;
/** A file takes its time over a telephone's network. */
const FILE_TIMEOUT_MS = 65_000;
const KEY_BYTES = 16;

export interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  /** A value goes as JSON, a file as its own bytes and type. */
  body?: unknown;
  /** One key an intent: the same key sent again has no second effect. */
  key?: string;
  signal?: AbortSignal | undefined;
}

export interface Http {
  json<T>(path: string, call?: Call): Promise<T>;
  bytes(path: string, call?: Call): Promise<Uint8Array<ArrayBuffer>>;
}

/** Works without a secure context too, so also at an address in the local network. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function makeHttp(token: () => string | null, onSignedOut: () => void): Http {
  async function send(path: string, call: Call): Promise<Response> {
    const headers: Record<string, string> = { accept: "application/json" };
    const bearer = token();
    if (bearer) headers["authorization"] = `Bearer ${bearer}`;
    const file = call.body instanceof Blob ? call.body : null;
    if (call.body !== undefined) headers["content-type"] = file ? file.type : "application/json";
    const method = call.method ?? "GET";
    if (method !== "GET") headers["idempotency-key"] = call.key ?? newKey();
    const limit = AbortSignal.timeout(file ? FILE_TIMEOUT_MS : TIMEOUT_MS);
    let answer: Response;
    try {
      answer = await fetch(path, {
        method,
        headers,
        cache: "no-store",
        credentials: "omit",
        signal: call.signal ? AbortSignal.any([call.signal, limit]) : limit,
        ...(call.body === undefined ? {} : { body: file ?? JSON.stringify(call.body) }),
      });
    } catch (error) {
      if (call.signal?.aborted) throw error;
      throw new Problem(0, { code: navigator.onLine ? "unreachable" : "offline" });
    }
    if (answer.ok) return answer;
    const problem = await readProblem(answer);
    if (problem.status === 401 && bearer) onSignedOut();
    throw problem;
  }

  return {
    async json<T>(path: string, call: Call = {}): Promise<T> {
      const answer = await send(path, call);
      return (answer.status === 204 ? undefined : await answer.json()) as T;
    },
    async bytes(path, call = {}) {
      return new Uint8Array(await (await send(path, call)).arrayBuffer());
    },
  };
}

export async function readProblem(answer: Response): Promise<Problem> {
  const id = answer.headers.get("x-request-id") ?? "";
  let body: Partial<ProblemBody> = {};
  try {
    body = (await answer.json()) as Partial<ProblemBody>;
  } catch {
    // A proxy in between may answer without JSON; the status says enough.
  }
  return new Problem(answer.status, body, id);
}
