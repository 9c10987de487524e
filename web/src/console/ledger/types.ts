/** The answers of /v1/ledger, as far as these pages read them. */
export interface TrialLine {
  kind: string;
  holder: string;
  name_zh: string;
  name_en: string;
  currency: string;
  debit_minor: number;
  credit_minor: number;
}

export interface TrialBalance {
  as_of: string;
  lines: TrialLine[];
  sums_minor: Record<string, number>;
}

export interface Account {
  account: string;
  cell: number;
  kind: string;
  owner: number | null;
  product: string | null;
  currency: string;
  balance_minor: number;
  held_debit_minor: number;
  held_credit_minor: number;
  available_minor: number;
  floor_minor: number | null;
  ceiling_minor: number | null;
}

export interface LedgerLine {
  transfer: string;
  business_date: string;
  at: string;
  code: string;
  act: string | null;
  counterparty: string;
  amount_minor: number;
  original: string | null;
  adjusts: string | null;
}

export interface AccountStatement {
  account: string;
  opened_on: string;
  closed_on: string;
  opening_minor: number;
  closing_minor: number;
  lines: LedgerLine[];
}

export interface Period {
  cell: number;
  opened_on: string;
  closed_on: string;
  closed_at: string;
}

export interface LimitSet {
  floor_minor: number | null;
  ceiling_minor: number | null;
  why: string;
  at: string;
}
