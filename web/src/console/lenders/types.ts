/** A lender's desk as the server tells it. */
export interface Price {
  band: number;
  tenor_to_months: number;
  rate_percent: string;
  fee_bps_monthly: number;
  irr12_percent: string;
  effective_percent: string;
  is_within_cap: boolean;
}

export interface Budget {
  limit_minor: number;
  used_minor: number;
}

export interface Program {
  code: string;
  name_zh: string;
  name_en: string;
  products: string[];
  amount_min_minor: number;
  tenor_min_months: number;
  tenor_max_months: number;
  fee_payee: string | null;
  funders: Record<string, number>;
  day: Budget;
  month: Budget | null;
  contract: Budget | null;
  pace_ppm: number | null;
  policy: Record<string, string>[];
  prices: Price[];
}

export interface Desk {
  lender: string;
  number: number;
  name_zh: string;
  name_en: string;
  kind: string;
  listed_from: string;
  listed_to: string;
  is_listed: boolean;
  answer_within_s: number | null;
  policy_hash: string | null;
  business_date: string;
  elapsed_ppm: number;
  cap_percent: string;
  programs: Program[];
  paid: { hour: string; amount_minor: number; loans: number }[];
}

export interface Waiting {
  application: string;
  program: string;
  state: string;
  amount_minor: number;
  tenor_months: number | null;
  purpose: string | null;
  since: string;
  until: string | null;
}

export function dayOf(desk: Desk): Budget {
  return sum(desk.programs.map((one) => one.day));
}

/** All months together; null where no program has a limit of its month. */
export function monthOf(desk: Desk): Budget | null {
  const found = desk.programs.flatMap((one) => (one.month ? [one.month] : []));
  return found.length > 0 ? sum(found) : null;
}

function sum(budgets: Budget[]): Budget {
  return {
    limit_minor: budgets.reduce((total, one) => total + one.limit_minor, 0),
    used_minor: budgets.reduce((total, one) => total + one.used_minor, 0),
  };
}
