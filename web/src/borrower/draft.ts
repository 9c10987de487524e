/** What the borrower has filled in so far, kept on this device. It never holds name, ID or phone. */
import { newKey } from "../shared/http.ts";
import { read, write } from "../shared/lang.ts";
import type { Facts } from "../shared/types.ts";

const KEY = "tongtu.draft";
const DEVICE = "tongtu.device";
const VERSION = 1;

export type FactName = keyof Facts;

export interface Draft {
  version: number;
  product: string;
  amount_minor: number;
  tenor_months: number;
  purpose: string;
  /** As typed; a missing name is not yet answered. */
  facts: Partial<Facts>;
  /** What a merchant asked to be paid for; null: money for the reader. */
  basket: { session: string; merchant_zh: string; merchant_en: string; items: string; price_minor: number } | null;
  /** The key under which this draft is submitted: a second submit has no second effect. */
  key: string;
  saved_at: string | null;
}

function fresh(): Draft {
  return {
    version: VERSION,
    product: "consumer_cash",
    amount_minor: 3_000_000,
    tenor_months: 12,
    purpose: "",
    facts: {},
    basket: null,
    key: newKey(),
    saved_at: null,
  };
}

function load(): Draft {
  try {
    const kept = JSON.parse(read(KEY) ?? "null") as Draft | null;
    if (kept?.version === VERSION) return { ...fresh(), ...kept };
  } catch {
    // A draft of another build is let go.
  }
  return fresh();
}

let current = load();

export const draft = (): Readonly<Draft> => current;

/** Any change makes another application of it, hence another key. */
export function saveDraft(change: Partial<Omit<Draft, "key" | "version">>): void {
  current = { ...current, ...change, key: newKey(), saved_at: new Date().toISOString() };
  write(KEY, JSON.stringify(current));
}

/** After a decision the wish stays for another try, under a new key. */
export function spendDraft(): void {
  current = { ...current, key: newKey() };
  write(KEY, JSON.stringify(current));
}

/** The draft names no person, but it is gone after signing out all the same. */
export function dropDraft(): void {
  current = fresh();
  write(KEY, null);
  write("tongtu.form", null);
}

/** A random name of this browser; it is no fingerprint and clearing the storage forgets it. */
export function device(): string {
  const kept = read(DEVICE) ?? newKey();
  write(DEVICE, kept);
  return kept;
}
