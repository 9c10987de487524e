/** What a case is called and how it is shown, wherever one stands. */
import { words } from "../text.ts";
import type { Status } from "./parts.tsx";

const zh = {
  outcomes: { offers: "有报价", declined: "不提供", review: "人工复核" } as Record<string, string>,
  steps: {
    submitted: "已提交",
    offers: "待选报价",
    declined: "已告知不提供",
    review: "等人复核",
    waiting: "等资料",
    accepted: "已选一份",
    cost_shown: "在看成本表",
    cost_confirmed: "成本已确认",
    agreement_ready: "待签合同",
    signed: "已签署",
    paying_out: "放款中",
    payout_failed: "放款未成",
    funded: "已到账",
    line_open: "额度已开",
    settled: "已结清",
    expired: "报价已过期",
    cancelled: "已取消",
  } as Record<string, string>,
  products: {
    consumer_cash: "消费贷",
    goods_instalment: "商品分期",
    home_improvement: "家装分期",
    education_training: "教育培训分期",
    credit_line: "循环额度",
  } as Record<string, string>,
};

const en: typeof zh = {
  outcomes: { offers: "Offers", declined: "No offer", review: "A person decides" },
  steps: {
    submitted: "Submitted",
    offers: "Offers shown",
    declined: "Told no",
    review: "Waits for a person",
    waiting: "Waits for documents",
    accepted: "Chose one",
    cost_shown: "Reads the cost table",
    cost_confirmed: "Cost confirmed",
    agreement_ready: "Ready to sign",
    signed: "Signed",
    paying_out: "Paying out",
    payout_failed: "Payout failed",
    funded: "Paid out",
    line_open: "Line open",
    settled: "Settled",
    expired: "Offers expired",
    cancelled: "Cancelled",
  },
  products: {
    consumer_cash: "Consumer loan",
    goods_instalment: "Goods instalments",
    home_improvement: "Home improvement",
    education_training: "Education and training",
    credit_line: "Credit line",
  },
};

export const caseWords = words(zh, en);

export const OUTCOME: Record<string, Status> = { offers: "ok", declined: "bad", review: "person" };

export const STEP: Record<string, Status> = {
  submitted: "wait",
  offers: "ok",
  declined: "muted",
  review: "person",
  waiting: "wait",
  accepted: "info",
  cost_shown: "info",
  cost_confirmed: "info",
  agreement_ready: "info",
  signed: "info",
  paying_out: "wait",
  payout_failed: "bad",
  funded: "ok",
  line_open: "ok",
  settled: "muted",
  expired: "muted",
  cancelled: "muted",
};

/** The word of a code, or the code itself: the server may know more than this page. */
export function wordOf(known: Record<string, string>, code: string): string {
  return known[code] ?? code;
}
