/** The answers of /v1/operations/applications and /v1/decisions, as far as these pages read them. */
import type { Offer, Reason } from "../../shared/types.ts";

export interface CaseHead {
  application: string;
  decision: string;
  product: string;
  amount_minor: number;
  tenor_months: number;
  outcome: string;
  step: string;
  points: number;
  band: number;
  is_by_person: boolean;
  is_taken: boolean;
  business_date: string;
  submitted_at: string;
}

export interface Scored {
  points: number;
  pd_ppm: number;
  band: number;
}

export interface Finding {
  rule: string;
  severity: string;
  code: string;
  text_zh: string | null;
  text_en: string | null;
}

export interface Recorded {
  decision: string;
  application: string;
  version: number;
  hashes: Record<string, string>;
  business_date: string;
  submitted_at: string;
  decided_at: string;
  decided_in_us: number;
  step: string;
  history: { step: string; at: string }[];
  product: string;
  amount_minor: number;
  tenor_months: number;
  purpose: string;
  declared: Record<string, number | string | boolean | null>;
  known: { is_identified: boolean | null; exposure_minor: number; party_recent: number; device_recent: number; outside: string[] };
  outcome: string;
  score: Scored | null;
  challenger: Scored | null;
  findings: Finding[];
  rules_fired: string[];
  ruling: { said: string; codes: string[]; by: string; machine: string } | null;
  answer: { reasons: Reason[]; offers: Offer[] };
}

export interface Route {
  lender: string;
  name_zh: string;
  name_en: string;
  reason_code: string | null;
  reason_zh: string | null;
  reason_en: string | null;
  place: number | null;
  cost_minor: number | null;
  irr12_percent: string | null;
  effective_percent: string | null;
  worth_minor: number | null;
  toll_minor: number | null;
  is_recommended: boolean;
  is_taken: boolean;
}

export interface Routes {
  is_steered: boolean;
  lenders: Route[];
}

export interface Replayed {
  is_same: boolean;
  changed: string[];
  rules_missed: string[];
  hashes: Record<string, string>;
}
