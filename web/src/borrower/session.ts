/** Who is signed in: lives as long as the tab, so that a borrowed phone forgets it. */
import { type Call, type Http, makeHttp } from "../shared/http.ts";
import { Problem } from "../shared/problem.ts";
import type { SignedIn } from "../shared/types.ts";
import { go, parts } from "./router.ts";

const KEY = "tongtu.session";
const NEXT = "tongtu.next";

function keep(key: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // Without storage the session ends with the page.
  }
}

function kept(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

let token: string | null = kept(KEY);

export const isSignedIn = () => token !== null;

export function signedIn(answer: SignedIn): void {
  token = answer.token;
  keep(KEY, token);
}

export function signedOut(): void {
  token = null;
  keep(KEY, null);
  try {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(SEEN)) keep(name, null);
  } catch {
    // Nothing was kept.
  }
}

/** Sends the reader to sign in and remembers where they were going. */
export function askToSignIn(next = `/${parts().join("/")}`): void {
  keep(NEXT, next);
  go("/sign-in", true);
}

export function nextAfterSignIn(): string {
  const next = kept(NEXT) ?? "/apply";
  keep(NEXT, null);
  return next;
}

const online = makeHttp(
  () => token,
  () => {
    signedOut();
    askToSignIn();
  },
);

/**
 * What was read stays readable without a network: in this tab, as long as its log-in. Nothing is
 * kept of papers themselves and of proofs, and nothing is answered from here while the network answers.
 */
const SEEN = "tongtu.seen.";
const KEEPS = /^\/v1\/(?:loans|applications|products|lenders|facilities|me|me\/consents|consent-texts|agreements\/\w+$|offers\/\w+\/cost-table)(?:$|[/?])/;
/** Since when what is shown was read, if the network did not answer. */
export let seenAt: Date | undefined;

export const http: Http = {
  bytes: online.bytes,
  async json<T>(path: string, call: Call = {}): Promise<T> {
    const isKept = (call.method ?? "GET") === "GET" && KEEPS.test(path);
    try {
      const found = await online.json<T>(path, call);
      if (isKept) keep(SEEN + path, JSON.stringify({ at: Date.now(), found }));
      seenAt = undefined;
      return found;
    } catch (error) {
      const seen = isKept && error instanceof Problem && error.status === 0 ? kept(SEEN + path) : null;
      if (!seen) throw error;
      const { at, found } = JSON.parse(seen) as { at: number; found: T };
      seenAt = new Date(at);
      return found;
    }
  },
};
