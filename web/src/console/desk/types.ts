/** The answers of /v1/reviews, as far as the desk reads them. */
export interface Review {
  application: string;
  party: string;
  product: string;
  amount_minor: number;
  tenor_months: number;
  submitted_at: string;
  since: string;
  answer_by: string | null;
  decision: string;
  outcome: string;
  points: number;
  band: number;
  reasons: string[];
  documents: string[];
  documents_missing: string[];
  documents_by: string | null;
}

export interface Coded {
  code: string;
  text_zh: string;
  text_en: string;
}

export interface Desk {
  second_from_minor: number;
  grounds: Coded[];
  reasons: Coded[];
  documents: Coded[];
}

export interface Ruled {
  step: string;
  decision: string | null;
  approval: string | null;
}
