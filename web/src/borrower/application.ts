/** From the person's own words to the body of POST /v1/applications. */
import { readYuan } from "../shared/money";
import type { Case } from "./case";

export const PURPOSES = ["daily_consumption", "goods", "home_improvement", "education", "medical", "travel"] as const;

const PRODUCT_OF: Record<string, string> = {
  goods: "goods_instalment", home_improvement: "home_improvement", education: "education_training",
};

/** A number of this browser only, so that many applications from one device can be seen as such. */
function device(): string {
  const kept = localStorage.getItem("tongtu.device") ?? crypto.randomUUID();
  localStorage.setItem("tongtu.device", kept);
  return kept;
}

export function bodyOf(the: Case): object {
  const { facts } = the;
  return {
    // The server says in a field error when the amount or the term is outside the product.
    product: PRODUCT_OF[facts.purpose] ?? "consumer_cash",
    amount_minor: the.amount,
    tenor_months: the.tenor,
    purpose: facts.purpose,
    device: device(),
    facts: {
      income_minor: readYuan(facts.income),
      expenses_minor: readYuan(facts.expenses),
      assets_minor: readYuan(facts.assets),
      debt_minor: readYuan(facts.debt),
      price_minor: readYuan(facts.price),
      seniority_years: Number(facts.seniority),
      home: facts.home,
      job: facts.job,
      records: facts.records === true,
    },
  };
}
