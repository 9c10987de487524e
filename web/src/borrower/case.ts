/** The person's case on this device: the draft, the session, where they stand. No name or ID is kept. */
import { newKey, useToken } from "../shared/api";
import type { Agreement, Decision, Me } from "../shared/types";

export interface Facts {
  income: string; expenses: string; assets: string; debt: string; price: string;
  seniority: string; home: string; job: string; records: boolean | null; purpose: string;
}

export interface Case {
  amount: number; // minor units
  tenor: number;
  token: string | null;
  facts: Facts;
  lenders: string[];
  bureau: boolean;
  applyKey: string;
  answer: Decision | null;
  roundTripMs: number;
  agreement: Agreement | null;
  agreementOffer: string | null;
  application: string | null;
}

const NO_FACTS: Facts = {
  income: "", expenses: "", assets: "", debt: "", price: "", seniority: "", home: "", job: "", records: null, purpose: "",
};
const NEW: Case = {
  amount: 3_000_000, tenor: 12, token: null, facts: NO_FACTS, lenders: [], bureau: false, applyKey: newKey(),
  answer: null, roundTripMs: 0, agreement: null, agreementOffer: null, application: null,
};
const KEPT = "tongtu.case";

function read(): Case {
  try {
    return { ...NEW, ...(JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Partial<Case>) };
  } catch {
    return NEW;
  }
}

let kept = read();
const listeners = new Set<() => void>();

export const theCase = (): Case => kept;

export function change(part: Partial<Case>): void {
  kept = { ...kept, ...part };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  for (const listener of listeners) listener();
}

export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function signIn(token: string): void {
  change({ token });
  useToken(token, signOut);
}

export function signOut(): void {
  useToken(null, signOut);
  demo.person = null;
  change({ ...NEW, applyKey: newKey(), amount: kept.amount, tenor: kept.tenor });
}

/** Change what is asked for: another application under another key. */
export const changeTerms = (part: Partial<Case>): void => change({ ...part, applyKey: newKey() });

export interface DemoPerson { phone: string; name: string; resident_id: string }

/** What the demo filled in; memory only. */
export const demo: { isOn: boolean | null; person: DemoPerson | null } = { isOn: null, person: null };

/** The party as last read; memory only. */
export const party: { me: Me | null } = { me: null };

useToken(kept.token, signOut);
