/** Server-sent events over fetch (EventSource cannot carry a token): reconnects, resumes by last id. */
import { readProblem } from "./http.ts";
import type { Problem } from "./problem.ts";

const BACK_OFF_MS = [500, 1_000, 2_000, 5_000, 10_000];
// The server beats at least every 15 s; silence of twice that is a dead connection.
const SILENCE_MS = 30_000;

export interface StreamHooks {
  onData(data: string, event: string): void;
  onState(state: "live" | "waiting"): void;
  /** A refusal that no retry mends. */
  onRefused(problem: Problem): void;
}

/** Opens the stream and keeps it open until the returned function is called. */
export function stream(path: string, token: string, hooks: StreamHooks): () => void {
  const stop = new AbortController();
  let lastId = "";
  let fails = 0;

  async function once(): Promise<void> {
    const quiet = new AbortController();
    let timer = setTimeout(() => quiet.abort(), SILENCE_MS);
    const headers: Record<string, string> = { accept: "text/event-stream", authorization: `Bearer ${token}` };
    if (lastId) headers["last-event-id"] = lastId;
    try {
      const signal = AbortSignal.any([stop.signal, quiet.signal]);
      const answer = await fetch(path, { headers, signal, cache: "no-store", credentials: "omit" });
      if (!answer.ok || !answer.body) {
        const problem = await readProblem(answer);
        if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
          stop.abort();
          hooks.onRefused(problem);
        }
        return;
      }
      const parser = new Parser((data, event, id) => {
        lastId = id || lastId;
        fails = 0;
        hooks.onState("live");
        hooks.onData(data, event);
      });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => quiet.abort(), SILENCE_MS);
        parser.feed(value);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async function forever(): Promise<void> {
    while (!stop.signal.aborted) {
      try {
        await once();
      } catch {
        // A cut connection is normal; the back-off below decides when to ask again.
      }
      if (stop.signal.aborted) return;
      hooks.onState("waiting");
      const wait = BACK_OFF_MS[Math.min(fails, BACK_OFF_MS.length - 1)];
      fails += 1;
      await new Promise((resume) => setTimeout(resume, wait));
    }
  }

  void forever();
  return () => stop.abort();
}

/** Cuts a text stream into events as the HTML standard says. */
export class Parser {
  private rest = "";
  private data: string[] = [];
  private event = "";
  private id = "";
  private readonly emit: (data: string, event: string, id: string) => void;

  constructor(emit: (data: string, event: string, id: string) => void) {
    this.emit = emit;
  }

  feed(text: string): void {
    this.rest += text;
    const lines = this.rest.split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    if (line === "") {
      if (this.data.length > 0) this.emit(this.data.join("\n"), this.event || "message", this.id);
      this.data = [];
      this.event = "";
      return;
    }
    const at = line.indexOf(":");
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (name === "data") this.data.push(value);
    else if (name === "event") this.event = value;
    else if (name === "id") this.id = value;
  }
}
