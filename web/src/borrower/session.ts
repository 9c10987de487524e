/** Who is signed in: lives as long as the tab, so that a borrowed phone forgets it. */
import { makeHttp } from "../shared/http.ts";
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

export const http = makeHttp(
  () => token,
  () => {
    signedOut();
    askToSignIn();
  },
);
