/** The one door to the server: JSON in and out, problems as errors, a key for every write. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly requestId: string,
    readonly fields: Record<string, string>,
    readonly retryAfter: number | null,
  ) {
    super(detail);
  }
}

let token: string | null = null;
let signedOut: () => void = () => undefined;

export function useToken(next: string | null, onSignedOut: () => void = signedOut): void {
  token = next;
  signedOut = onSignedOut;
}

/** A key under which one act has its effect once, however often it is sent. */
export const newKey = (): string => crypto.randomUUID();

export interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  key?: string;
  signal?: AbortSignal;
}

async function send(path: string, call: Call): Promise<Response> {
  const method = call.method ?? "GET";
  const headers: Record<string, string> = {};
  if (token) headers["authorization"] = `Bearer ${token}`;
  if (method !== "GET") headers["idempotency-key"] = call.key ?? newKey();
  if (call.body !== undefined) headers["content-type"] = "application/json";
  const init: RequestInit = { method, headers, cache: "no-store" };
  if (call.body !== undefined) init.body = JSON.stringify(call.body);
  if (call.signal) init.signal = call.signal;
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if ((cause as Error).name === "AbortError") throw cause;
    throw new Problem(0, "offline", "", "", {}, null);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response: Response): Promise<Problem> {
  const said = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (response.status === 401 && token) signedOut();
  const text = (name: string): string => (typeof said[name] === "string" ? (said[name] as string) : "");
  const wait = said["retry_after_s"] ?? Number(response.headers.get("retry-after") ?? Number.NaN);
  return new Problem(
    response.status,
    text("code") || `http_${response.status}`,
    text("detail") || text("title"),
    text("request_id") || response.headers.get("x-request-id") || "",
    (said["fields"] as Record<string, string> | undefined) ?? {},
    typeof wait === "number" && Number.isFinite(wait) ? wait : null,
  );
}

export async function ask<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path, call);
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export async function askFile(path: string): Promise<Blob> {
  return (await send(path, {})).blob();
}

/** Tell whether this server has the demo's routes; they do not exist elsewhere. */
export async function isDemo(): Promise<boolean> {
  try {
    await ask("/v1/demo/inbox?phone=13800000000");
    return true;
  } catch (error) {
    return error instanceof Problem && error.status > 0 && error.status !== 404 && error.status < 500;
  }
}
