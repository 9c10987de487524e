/** What the server answers, as docs of its schema name it. */
export interface Lender { id: string; name_zh: string; name_en: string; kind: string }
export interface Product {
  id: string; name_zh: string; name_en: string; about_zh: string; about_en: string; amount_min_minor: number; amount_max_minor: number;
  example?: { irr12_percent?: string };
}
export interface Quote {
  instalment_minor: number; total_minor: number; cost_minor: number;
  irr12_percent: string; effective_percent: string;
}
export interface Quotes { from: Quote; to: Quote }
export interface ConsentText {
  scope: string; per_recipient: boolean; required: boolean; title: string; text: string;
}
export interface ConsentTexts { version: string; items: ConsentText[] }
export interface Consent { id: string; scope: string; recipient: string | null; granted_at: string }
export interface Me {
  party: string; is_identified: boolean; phone_masked: string | null; name_masked: string | null; consents: Consent[];
}
export interface Offer {
  n: number; lender: Lender; amount_minor: number; tenor_months: number; instalment_minor: number;
  last_instalment_minor: number; fee_monthly_minor: number; total_minor: number; cost_minor: number;
  irr12_percent: string; effective_percent: string; rate_percent: string; expires_at: string;
}
export interface Reason { code: string; text_zh: string; text_en: string }
export interface NotOffered { lender: Lender | string; reason_code: string; text_zh: string; text_en: string }
export interface Decision {
  application: string; decision: string; outcome: "offers" | "declined" | "review"; step: string;
  decided_at: string; decided_in_us: number; reasons: Reason[]; offers: Offer[]; not_offered: NotOffered[];
}
export interface Application extends Partial<Decision> {
  application: string; step: string; history: { step: string; at: string }[];
  amount_minor?: number; agreement?: string | null; loan?: string | null;
}
export interface CostRow {
  item_zh: string; item_en: string; note_zh?: string; note_en?: string; how_zh: string; how_en: string; collected_by: string; amount_minor: number;
}
export interface Contingent { item_zh?: string; item_en?: string; how_zh?: string; how_en?: string; rate_percent?: string }
export interface CostTable {
  rows: CostRow[]; principal_minor: number; total_minor: number; cost_minor: number;
  irr12_percent: string; effective_percent: string; cap_percent: string; contingent: Contingent[];
  no_other_charges_zh: string; no_other_charges_en: string; reading_seconds: number; shown_at: string; readable_at: string;
}
export interface Agreement { agreement: string; sha256: string; step: string }
export interface Instalment {
  nr: number; due_date: string; principal_minor: number; interest_minor: number; fee_minor: number;
  total_minor: number; paid_minor: number; state: string;
}
export interface Loan {
  loan: string; state: string; lender: Lender; principal_minor: number; outstanding_minor: number;
  next_due: { nr: number; date: string; amount_minor: number } | null; interest_paid_minor: number; overdue_minor: number; dpd: number;
  schedule: Instalment[]; events: { seq: number; kind: string; date: string; amount_minor: number }[];
}
export interface Live {
  funnel: Record<string, number>;
  latency_ms: { p50: number | null; p95: number | null; p99: number | null; count: number };
  decisions_per_s: number;
  ledger: { accounts: number; transfers: number; sum_minor: number; differences: number; checked_at: string | null };
  evidence: { size: number; root: string; checkpoint_at: string | null; verified: boolean };
  loans: { live: number; outstanding_minor: number; repaid_minor: number; overdue: number };
  business_date: string;
}
