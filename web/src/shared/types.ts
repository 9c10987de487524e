/** The answers of the REST interface, as far as the pages read them. tests/e2e holds the addresses against /schema. */
export interface Lender {
  id: string;
  name_zh: string;
  name_en: string;
  kind: string;
  /** It decides by itself, and hears of a person through a credit bureau only. */
  asks_bureau?: boolean;
}

export interface Product {
  id: string;
  name_zh: string;
  name_en: string;
  about_zh: string;
  about_en: string;
  amount_min_minor: number;
  amount_max_minor: number;
  tenors_months: number[];
  draw_tenors_months?: number[];
  purposes: string[];
  example: QuoteSide & { amount_minor: number; tenor_months: number };
}

export interface QuoteSide {
  instalment_minor: number;
  total_minor: number;
  cost_minor: number;
  irr12_percent: string;
  effective_percent: string;
}

export interface Quote {
  from: QuoteSide;
  to: QuoteSide;
}

export interface Consent {
  id: string;
  scope: string;
  recipient: string | null;
  version: string;
  granted_at: string;
}

/** A consent of the ledger with the text that was shown; none from before texts were kept. */
export interface ConsentEntry extends Consent {
  name_zh: string;
  name_en: string;
  now_zh: string;
  now_en: string;
  is_latest: boolean;
  withdrawn_at: string | null;
  text: string | null;
}

/** One kind of record held of the reader; kept without a day: until a contract has ended. */
export interface Held {
  what: string;
  text_zh: string;
  text_en: string;
  rows: number;
  is_kept: boolean;
  fate_zh: string;
  fate_en: string;
}

export interface Look {
  role: string;
  at: string;
}

export interface ConsentText {
  scope: string;
  per_recipient: boolean;
  required: boolean;
  title: string;
  text: string;
}

export interface ConsentTexts {
  version: string;
  items: ConsentText[];
}

/** A tax, insurance or operator record: asked only with its own consent, of larger amounts. */
export interface OutsideSource {
  id: string;
  name_zh: string;
  name_en: string;
  scope: string;
  products: string[];
  amount_min_minor: number;
  if_missing: string;
  go_on_below_minor: number;
}

export interface Me {
  party: string;
  is_identified: boolean;
  phone_masked: string | null;
  name_masked: string | null;
  consents: Consent[];
}

export interface SignedIn {
  token: string;
  role: string;
  party: string;
  expires_at: string;
}

export interface Facts {
  income_minor: number | null;
  expenses_minor: number;
  assets_minor: number | null;
  debt_minor: number | null;
  price_minor: number;
  seniority_years: number;
  home: string;
  job: string;
  records: boolean;
}

export interface ApplyBody {
  product: string;
  amount_minor: number;
  tenor_months: number;
  purpose: string;
  device: string;
  facts: Facts;
}

export interface Reason {
  code: string;
  text_zh: string;
  text_en: string;
}

export interface Offer extends QuoteSide {
  n: number;
  lender: Lender;
  program: string;
  amount_minor: number;
  tenor_months: number;
  last_instalment_minor: number;
  fee_monthly_minor: number;
  rate_percent: string;
  expires_at: string;
}

export interface NotOffered {
  /** The id of one of /v1/lenders. */
  lender: string;
  reason_code: string;
  text_zh: string;
  text_en: string;
}

/** The smallest allowed change that would have got offers; no changes: none of those allowed does. */
export interface Advice {
  application: string;
  changes: { field: "amount_minor" | "tenor_months" | "debt_minor"; now: number; then: number }[];
  offers: number;
  total_minor: number | null;
}

/** One line of the list. */
export interface ApplicationHead {
  application: string;
  product: string;
  amount_minor: number;
  tenor_months: number;
  outcome: "offers" | "declined" | "review";
  step: string;
}

/** The answer to applying. */
export interface Decided {
  application: string;
  decision: string;
  outcome: "offers" | "declined" | "review";
  step: string;
  decided_at: string;
  decided_in_us: number;
  reasons: Reason[];
  offers: Offer[];
  not_offered: NotOffered[];
  /** The `n` of an offer, where the router is on. */
  recommended?: number | null;
}

/** A case as it stands, with the ids of what came of it. */
export interface Application extends ApplicationHead, Decided {
  history: { step: string; at: string }[];
  /** Lenders that decide on machines of their own and have not answered yet. */
  pending: { lender: Lender; answer_by: string }[];
  /** Numbers of offers whose amount is held for the person; of those whose lender lent it to others. */
  held: number[];
  gone: number[];
  offer: string | null;
  agreement: string | null;
  loan: string | null;
  /** Which documents a person wants to see. */
  documents: string[];
  /** What is bought at a merchant's, and each offer as its buyer bears it. */
  goods?: GoodsBought | null;
}

export interface GoodsBought {
  session: string;
  merchant_zh: string;
  merchant_en: string;
  state: string;
  returned_minor: number;
  plans: (QuoteSide & { offer: number; last_instalment_minor: number; paid_by_merchant_minor: number })[];
}

/** A merchant's session: what is to be paid for. */
export interface Basket {
  session: string;
  merchant_zh: string;
  merchant_en: string;
  items: { name: string; quantity: number; unit_minor: number }[];
  price_minor: number;
  paid_bps: Record<string, number>;
  expires_at: string;
  state: string;
}

export interface Document {
  document: string;
  kind: string;
  uploaded_at: string;
  kept_until: string;
}

/** What a person wants to see, by which day, and what came; `bytes_max` bounds one file. */
export interface Documents {
  wanted: { kind: string; text_zh: string; text_en: string; is_in: boolean }[];
  answer_by: string | null;
  is_complete: boolean;
  items: Document[];
  media_types: string[];
  bytes_max: number;
}

export interface CostTable {
  rows: {
    item_zh: string;
    item_en: string;
    note_zh: string;
    note_en: string;
    how_zh: string;
    how_en: string;
    collected_by: string;
    amount_minor: number;
  }[];
  principal_minor: number;
  total_minor: number;
  cost_minor: number;
  instalments: number;
  instalment_minor: number;
  last_instalment_minor: number;
  irr12_percent: string;
  effective_percent: string;
  cap_percent: string;
  contingent: { item_zh: string; item_en: string; how_zh: string; how_en: string }[];
  no_other_charges_zh: string;
  no_other_charges_en: string;
  reading_seconds: number;
  shown_at: string;
  readable_at: string;
  confirmed_at?: string | null;
  clauses: Clause[];
}

/** A highlighted clause; `acknowledged_at` is the server's record. */
export interface Clause {
  clause: string;
  version: string;
  text_zh: string;
  text_en: string;
  sha256: string;
  acknowledged_at: string | null;
}

export interface Agreement {
  agreement: string;
  offer: string;
  sha256: string;
  /** The paper with its seal; null while nothing is signed. */
  signed_sha256: string | null;
}

export interface Instalment {
  nr: number;
  due_date: string;
  principal_minor: number;
  interest_minor: number;
  fee_minor: number;
  total_minor: number;
  paid_minor: number;
  state: string;
}

export interface LoanHead {
  loan: string;
  application: string;
  agreement: string;
  state: string;
  lender: Lender;
  principal_minor: number;
  rate_bps: number;
  outstanding_minor: number;
  interest_paid_minor: number;
  next_due: { nr: number; date: string; amount_minor: number } | null;
  overdue_minor: number;
  overdue_interest_minor: number;
  owed_back_minor: number;
  dpd: number;
}

export interface Loan extends LoanHead {
  schedule: Instalment[];
  events: { seq: number; kind: string; date: string; amount_minor: number }[];
}

/** Leaving a contract within its days; the figures are there while it is open, or once it was done. */
/** A product with amount and term, or none; the reasons are the advice. */
export interface Recommendation {
  is_personal: boolean;
  product: string | null;
  amount_minor: number;
  tenor_months: number;
  instalment_minor: number;
  affordable_minor: number | null;
  reasons: { code: string; text_zh: string; text_en: string }[];
}

export interface PersonalAsked {
  purpose: string;
  amount_minor: number;
  income_minor: number | null;
  expenses_minor: number;
  debt_minor: number;
  is_student: boolean;
}

export interface PushChoice {
  is_on: boolean;
  is_student: boolean;
  is_plain: boolean;
}

/** What was sent, each with the consent it stands on. */
export interface Pushes {
  choice: PushChoice | null;
  items: { template: string; consent_version: string; reason: string; is_plain: boolean; at: string }[];
}

export interface Withdrawal {
  loan: string;
  state: "open" | "withdrawn" | "over";
  /** Why it is not possible; null while it is. */
  refusal: string | null;
  until: string | null;
  days_used: number | null;
  principal_minor: number | null;
  interest_minor: number | null;
  pay_minor: number | null;
  repay_by: string | null;
}

/** `as_of` is the platform's business date: in a demo it is not today. */
export interface Statement {
  as_of: string;
  opened_on: string;
  closed_on: string;
  opening_minor: number;
  lent_minor: number;
  claimed_minor: number;
  received_minor: number;
  closing_minor: number;
  lines: { seq: number; kind: string; date: string; amount_minor: number; outstanding_minor: number }[];
}

export interface Live {
  funnel: Record<"submitted" | "offers" | "declined" | "review" | "accepted" | "signed" | "funded" | "settled", number>;
  latency_ms: { p50: number | null; p95: number | null; p99: number | null; count: number };
  decisions_per_s: number;
  ledger: { accounts: number; transfers: number; sum_minor: number; differences: number; checked_at: string };
  evidence: { size: number; root: string | null; checkpoint_at: string | null; verified: boolean };
  loans: { live: number; outstanding_minor: number; repaid_minor: number; overdue: number };
  business_date: string;
  at: string;
}

/** Lists: {items, next}. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** A case of showing who one is: which ways there are, and which were gone. */
export interface Verification {
  verification: string;
  state: "open" | "review" | "passed" | "refused" | "expired";
  level: number;
  channel: "web" | "phone" | "branch";
  expires_at: string;
  ways: string[];
  done: { way: string; is_done: boolean; at: string }[];
}

export interface Challenge {
  challenge: string;
  actions: string[];
  expires_at: string;
}

export interface ResumeCode {
  code: string;
  channel: string;
  expires_at: string;
  qr_svg: string;
}

/** What settles a loan on each day the quote is valid for. */
export interface Payoff {
  as_of: string;
  valid_until: string | null;
  quotes: {
    date: string;
    principal_minor: number;
    interest_minor: number;
    overdue_interest_minor: number;
    fee_minor: number;
    total_minor: number;
  }[];
}

/** A loan as a payment, or a rest, of today would leave it. */
export interface LoanAfter {
  state: string;
  outstanding_minor: number;
  payoff_minor: number;
  going_back_minor?: number;
  schedule: Instalment[];
}

export interface Facility {
  facility: string;
  lender: Lender;
  product: string;
  standing: {
    limit_minor: number;
    used_minor: number;
    reserved_minor: number;
    available_minor: number;
    rate_bps: number;
    valid_to: string;
    /** Why nothing can be drawn, or null. */
    not_drawable: string | null;
  };
  draws: { offer: string; amount_minor: number; rate_bps: number; tenor_months: number; state: string; loan: string | null }[];
}

export interface DrawPreview {
  total_minor: number;
  cost_minor: number;
  irr12_percent: string;
  effective_percent: string;
  amount_minor: number;
  tenor_months: number;
  refusal: string | null;
  schedule: { nr: number; due_date: string; principal_minor: number; interest_minor: number; total_minor: number }[];
}
