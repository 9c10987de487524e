// A FAKE of the API for working on pages without a server. Development only: nothing in src/ may import it,
// no build contains it, and no test counts it as proof. Figures are invented and do not add up.
import type { Plugin } from "vite";

type Answer = [status: number, body: unknown];
interface State { steps: { step: string; at: string }[]; shownAt: number; outcome: string; paid: number; polls: number }

const lender = (id: string, name_zh: string, name_en: string, kind: string) => ({ id, name_zh, name_en, kind });
const LENDERS = [
  lender("yunxiu", "云岫银行", "Yunxiu Bank", "bank"), lender("chenglan", "澄澜银行", "Chenglan Bank", "bank"),
  lender("heguang", "禾光消费金融", "Heguang Consumer Finance", "consumer_finance"),
  lender("xingdu", "星渡消费金融", "Xingdu Consumer Finance", "consumer_finance"),
  lender("luzhu", "鹿渚小贷", "Luzhu Microloan", "microloan"), lender("nanping", "南屏信托", "Nanping Trust", "trust"),
];
const offer = (n: number, at: number, monthly: number, cost: number, simple: string, compound: string, fee = 0) => ({
  n, lender: LENDERS[at], amount_minor: 3_000_000, tenor_months: 12, instalment_minor: monthly, last_instalment_minor: monthly - 2,
  fee_monthly_minor: fee, total_minor: 3_000_000 + cost, cost_minor: cost, irr12_percent: simple, effective_percent: compound,
  rate_percent: simple, expires_at: "2026-11-27T10:00:00Z",
});
const OFFERS = [
  offer(1, 0, 259_857, 118_282, "7.20", "7.44"), offer(2, 1, 262_662, 151_940, "9.22", "9.62", 3_800),
  offer(3, 2, 269_079, 228_951, "13.80", "14.71"), offer(4, 4, 274_184, 290_210, "17.40", "18.86"),
];
const problem = (status: number, code: string, detail: string, more: object = {}): Answer =>
  [status, { type: "about:blank", title: code, status, code, detail, request_id: "fake-1", ...more }];
const state: State = { steps: [], shownAt: 0, outcome: "offers", paid: 0, polls: 0 };
const add = (step: string): void => void state.steps.push({ step, at: new Date().toISOString() });
const text = (scope: string, per_recipient: boolean, required: boolean, title: string) =>
  ({ scope, per_recipient, required, title, text: `我同意为这次申请使用相关信息（${title}），可随时撤回。` });

function apply(body: { amount_minor?: number }): Answer {
  state.outcome = (body.amount_minor ?? 0) >= 8_000_000 ? "declined" : "offers";
  state.steps = [];
  state.polls = 0;
  add("submitted");
  add(state.outcome);
  const isOffers = state.outcome === "offers";
  return [201, {
    application: "ap_FAKE", decision: "dc_FAKE", outcome: state.outcome, step: state.outcome, decided_at: new Date().toISOString(),
    decided_in_us: 9_400, reasons: isOffers ? [] : [{ code: "DSR", text_zh: "每月要还的太多：占收入72.6%，超过70%就不能提供。", text_en: "Too much to repay a month: 72.6 % of income, above 70 %." }],
    offers: isOffers ? OFFERS : [],
    not_offered: [{ lender: LENDERS[3], reason_code: "X", text_zh: "期限不在这家的范围内。", text_en: "The term is outside this lender's range." }],
  }];
}

function loan(): object {
  const schedule = Array.from({ length: 12 }, (_, n) => ({
    nr: n + 1, due_date: new Date(Date.UTC(2026, 11 + n, 23)).toISOString().slice(0, 10), principal_minor: 241_857, interest_minor: 18_000,
    fee_minor: 0, total_minor: 259_857, paid_minor: n < state.paid ? 259_857 : 0, state: n < state.paid ? "paid" : "open",
  }));
  const next = schedule[state.paid];
  return {
    loan: "ln_FAKE", application: "ap_FAKE", agreement: "ag_FAKE", state: "live", lender: LENDERS[0], principal_minor: 3_000_000,
    outstanding_minor: 3_000_000 - state.paid * 241_857, interest_paid_minor: state.paid * 18_000, overdue_minor: 0, dpd: 0,
    next_due: next ? { nr: next.nr, date: next.due_date, amount_minor: next.total_minor } : null, schedule,
    events: Array.from({ length: state.paid + 1 }, (_, seq) => ({ seq, kind: "x", date: "2026-11-24", amount_minor: 0 })),
  };
}

const row = (item_zh: string, item_en: string, how_zh: string, how_en: string, amount_minor: number) =>
  ({ item_zh, item_en, how_zh, how_en, note_zh: "", note_en: "", collected_by: "云岫银行", amount_minor });

function costTable(): Answer {
  if (!state.shownAt) state.shownAt = Date.now();
  return [200, {
    rows: [row("贷款本金", "Principal", "发放，不预扣", "Paid out whole", 3_000_000), row("利息", "Interest", "分12期收取", "In 12 months", 118_282),
      row("担保费、保险费", "Guarantee, insurance", "不收取", "Not charged", 0), row("平台服务费", "Platform fee", "通途不向你收费", "Tongtu charges nothing", 0)],
    principal_minor: 3_000_000, total_minor: 3_118_282, cost_minor: 118_282, irr12_percent: "7.20", effective_percent: "7.44", cap_percent: "24.00",
    contingent: [{ item_zh: "逾期罚息", item_en: "Late interest", how_zh: "每天0.03%", how_en: "0.03% a day" }],
    no_other_charges_zh: "除上表所列项目外，不再收取任何其他费用。", no_other_charges_en: "Nothing is charged besides the items above.",
    reading_seconds: 10, shown_at: new Date(state.shownAt).toISOString(), readable_at: new Date(state.shownAt + 10_000).toISOString(),
  }];
}

function application(): Answer {
  const last = state.steps.at(-1)?.step ?? "submitted";
  if (last === "signed") add("paying_out");
  else if (last === "paying_out" && ++state.polls > 3) add("funded");
  return [200, { application: "ap_FAKE", step: state.steps.at(-1)?.step ?? "submitted", history: state.steps, amount_minor: 3_000_000, agreement: "ag_FAKE",
    loan: state.steps.some((each) => each.step === "funded") ? "ln_FAKE" : null }];
}

const live = () => ({
  funnel: { submitted: 1000, offers: 672, declined: 298, review: 30, accepted: 540, signed: 531, funded: 528, settled: 102 },
  latency_ms: { p50: 8.7, p95: 21.4, p99: 38.2, count: 1000 }, decisions_per_s: 212.4,
  ledger: { accounts: 1402, transfers: 12_840, sum_minor: 0, differences: 0, checked_at: new Date().toISOString() },
  evidence: { size: 4821, root: "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", checkpoint_at: new Date().toISOString(), verified: true },
  loans: { live: 426, outstanding_minor: 1_204_113_202, repaid_minor: 302_114_021, overdue: 12 }, business_date: "2026-11-24",
});

function answer(method: string, path: string, body: Record<string, unknown>): Answer {
  const at = `${method} ${path.replace(/_FAKE/, "")}`;
  const fixed: Record<string, () => Answer> = {
    "GET /v1/products": () => [200, { items: [{ id: "goods_instalment", name_zh: "商品分期", name_en: "Goods in instalments", about_zh: "在付款页面即可看到全部成本", about_en: "The whole cost stands on the page", example: { irr12_percent: "9.80" } }] }],
    "GET /v1/lenders": () => [200, { items: LENDERS }],
    "GET /v1/consent-texts": () => [200, { version: "fake", items: [text("identity_check", false, true, "身份核验"), text("automated_decision", false, true, "自动化决策"), text("bureau_query", false, false, "征信查询"), text("share_lender", true, false, "向{recipient}提供信息"), text("marketing", false, false, "营销信息")] }],
    "POST /v1/quotes": () => { const p = Number(body["amount_minor"]); const n = Number(body["tenor_months"]); const one = (r: number, e: string, s: string) => ({ instalment_minor: Math.round(p / n + p * r / 20), total_minor: Math.round(p + p * r * n / 20), cost_minor: Math.round(p * r * n / 20), irr12_percent: s, effective_percent: e }); return [200, { from: one(.066, "7.44", "7.20"), to: one(.2, "26.68", "23.88"), basis: "" }]; },
    "POST /v1/demo/persons": () => [201, { phone: "13800000001", name: "林一", resident_id: "99000019900101001X" }],
    "GET /v1/demo/inbox": () => [200, { messages: [{ at: "", text: "验证码 123456，5分钟内有效。", code: "123456" }] }],
    "POST /v1/sign-in/codes": () => [202, { challenge: "fake-challenge", expires_at: "" }],
    "POST /v1/sign-in": () => [200, { token: "fake-token", role: "borrower", party: "pt_FAKE" }],
    "GET /v1/me": () => [200, { party: "pt_FAKE", is_identified: false, phone_masked: "138****0001", name_masked: "林*", consents: [] }],
    "PUT /v1/me/identity": () => [200, { party: "pt_FAKE", is_identified: true, phone_masked: "138****0001", name_masked: "林*", consents: [] }],
    "POST /v1/me/consents": () => [200, { consents: [] }],
    "POST /v1/applications": () => apply(body),
    "GET /v1/applications": () => [200, { items: state.steps.length ? [application()[1]] : [], next: null }],
    "GET /v1/applications/ap": application,
    "POST /v1/applications/ap/acceptance": () => (add("accepted"), [200, { offer: "of_FAKE", step: "accepted" }]),
    "GET /v1/offers/of/cost-table": costTable,
    "POST /v1/offers/of/cost-table/confirmation": () => { const left = Math.ceil((state.shownAt + 10_000 - Date.now()) / 1000); if (left > 0) return problem(409, "reading_not_over", "reading is not over", { retry_after_s: left }); add("cost_confirmed"); return [200, { step: "cost_confirmed" }]; },
    "POST /v1/offers/of/agreement": () => (add("agreement_ready"), [200, { agreement: "ag_FAKE", sha256: "ab".repeat(32), step: "agreement_ready" }]),
    "GET /v1/agreements/ag": () => [200, { agreement: "ag_FAKE", sha256: "ab".repeat(32), state: "ready" }],
    "POST /v1/agreements/ag/signature": () => (add("signed"), [200, { step: "signed" }]),
    "GET /v1/loans": () => [200, { items: state.steps.some((each) => each.step === "funded") ? [loan()] : [], next: null }],
    "GET /v1/loans/ln": () => [200, loan()],
    "POST /v1/loans/ln/repayments": () => { setTimeout(() => (state.paid += 1), 1500); return [201, { payment: "pi_FAKE", state: "sent" }]; },
    "GET /v1/insight/live": () => [200, live()],
  };
  return fixed[at]?.() ?? problem(404, "not_found", "there is nothing at this address (fake API)");
}

type Use = { middlewares: { use: (handle: (req: import("node:http").IncomingMessage, res: import("node:http").ServerResponse, next: () => void) => void) => void } };

function attach(server: Use): void {
  server.middlewares.use((request, response, next) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (!path.startsWith("/v1/")) return next();
    let raw = "";
    request.on("data", (piece: Buffer) => (raw += piece.toString()));
    request.on("end", () => {
      const [status, body] = answer(request.method ?? "GET", path, raw ? (JSON.parse(raw) as Record<string, unknown>) : {});
      response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json" });
      response.end(JSON.stringify(body));
    });
  });
}

export const fakeApi = (): Plugin => ({ name: "tongtu-fake-api", configureServer: attach });
