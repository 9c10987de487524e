/** A refusal or fault as the server names it (application/problem+json), or the network's own. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly retryAfterS: number | undefined;

  constructor(status: number, body: Partial<ProblemBody>, requestId = "") {
    super(body.detail ?? body.code ?? String(status));
    this.status = status;
    this.code = body.code ?? (status === 0 ? "offline" : "unknown");
    this.detail = body.detail ?? "";
    this.requestId = body.request_id ?? requestId;
    this.fields = body.fields ?? {};
    this.retryAfterS = body.retry_after_s;
  }

  /** Whether the same request with the same key may be sent again. */
  get isRetryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface ProblemBody {
  code: string;
  detail: string;
  request_id: string;
  fields: Record<string, string>;
  retry_after_s: number;
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, { code: "page_failed", detail: String(error) });
}
