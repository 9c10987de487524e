/** What is wrong with the answers so far, before the server is asked. */
import type { Draft, FactName } from "./draft.ts";
import { t } from "./text/index.ts";

export type FactErrors = Partial<Record<FactName | "purpose", string>>;

const REQUIRED_MONEY = ["expenses_minor", "debt_minor", "price_minor"] as const;
const YEARS_MAX = 60;

export function factErrors(draft: Readonly<Draft>): FactErrors {
  const { facts } = draft;
  const errors: FactErrors = {};
  for (const name of ["income_minor", "assets_minor"] as const) {
    if (name in facts && facts[name] === undefined) errors[name] = t.facts.badMoney;
  }
  for (const name of REQUIRED_MONEY) {
    if (facts[name] === undefined) errors[name] = name in facts ? t.facts.badMoney : t.facts.required;
    else if (facts[name] === null) errors[name] = t.facts.required;
  }
  const years = facts.seniority_years;
  if (years === undefined) errors.seniority_years = "seniority_years" in facts ? t.facts.badYears : t.facts.required;
  else if (!Number.isInteger(years) || years < 0 || years > YEARS_MAX) errors.seniority_years = t.facts.badYears;
  if (!facts.home) errors.home = t.facts.choose;
  if (!facts.job) errors.job = t.facts.choose;
  if (facts.records === undefined) errors.records = t.facts.choose;
  if (!draft.purpose) errors.purpose = t.facts.choose;
  return errors;
}

/** What looks like a slip but may be true: shown, never in the way. */
export function factDoubts(draft: Readonly<Draft>): FactErrors {
  const doubts: FactErrors = {};
  const { income_minor: income, expenses_minor: expenses, price_minor: price } = draft.facts;
  if (typeof income === "number" && typeof expenses === "number" && expenses > income) {
    doubts.expenses_minor = t.facts.expensesHigh;
  }
  if (typeof price === "number" && price < draft.amount_minor) doubts.price_minor = t.facts.priceLow;
  return doubts;
}
