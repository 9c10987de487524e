/**
 * A FAKE of the platform, for drawing pages while no server runs. Vite's own servers only
 * (`npm run fake`), in memory, never part of a build and never a proof of anything: tests/e2e
 * runs against the real `tongtu serve`.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connect, Plugin } from "vite";
import { decide, LENDERS, PRODUCTS, quote, schedule, type Figures } from "./figures.ts";

interface Case {
  application: string;
  decided: ReturnType<typeof decide>;
  body: { product: string; amount_minor: number; tenor_months: number; facts: Record<string, number> };
  step: string;
  history: { step: string; at: string }[];
  offer?: number;
  shown_at?: number;
}

const now = () => new Date().toISOString();
const later = (ms: number) => new Date(Date.now() + ms).toISOString();
const cases = new Map<string, Case>();
const paid = new Map<string, number>();
let consents: { id: string; scope: string; recipient: string | null; version: string; granted_at: string }[] = [];
let isIdentified = false;
let serial = 0;

const id = (prefix: string) => `${prefix}_${(++serial).toString(32).toUpperCase().padStart(13, "0")}`;
const VERSION = "2026.08";
const PDF = Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
const SHA = createHash("sha256").update(PDF).digest("hex");
const READING_S = 10;

class Fault extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly more: object = {},
  ) {
    super(code);
  }
}

function move(one: Case, step: string): void {
  if (one.step === step) return;
  one.step = step;
  one.history.push({ step, at: now() });
}

function find(key: string): Case {
  const one = cases.get(key) ?? [...cases.values()].find((each) => key.endsWith(each.application.slice(3)));
  if (!one) throw new Fault(404, "not_found");
  return one;
}

function accepted(one: Case): Figures {
  const offer = one.decided.offers[(one.offer ?? 1) - 1];
  if (!offer) throw new Fault(409, "wrong_step");
  return offer;
}

function show(one: Case): object {
  const tail = one.application.slice(3);
  const has = (step: string) => one.history.some((each) => each.step === step);
  return {
    application: one.application,
    decision: `dc_${tail}`,
    ...one.decided,
    product: one.body.product,
    amount_minor: one.body.amount_minor,
    tenor_months: one.body.tenor_months,
    step: one.step,
    history: one.history,
    pending: [],
    held: [1],
    gone: [],
    offer: one.offer ? `of_${tail}` : null,
    agreement: has("agreement_ready") ? `ag_${tail}` : null,
    loan: has("funded") ? `ln_${tail}` : null,
  };
}

function apply(body: Case["body"]): object {
  const decided = decide(body);
  const one: Case = { application: id("ap"), decided, body, step: "submitted", history: [{ step: "submitted", at: now() }] };
  move(one, decided.outcome);
  cases.set(one.application, one);
  return show(one);
}

function costTable(one: Case): object {
  const offer = accepted(one);
  one.shown_at ??= Date.now();
  if (one.step === "accepted") move(one, "cost_shown");
  const fee = offer.fee_monthly_minor * offer.tenor_months;
  const { name_zh, name_en } = offer.lender;
  const row = (item: string[], note: string[], how: string[], amount_minor: number, collected_by = "") => ({
    item_zh: item[0], item_en: item[1], note_zh: note[0], note_en: note[1],
    how_zh: how[0], how_en: how[1], collected_by, amount_minor,
  });
  const n = offer.tenor_months;
  return {
    rows: [
      row(["贷款本金", "Principal"], ["到账等于本金", "you receive all of it"], [`${name_zh}发放，不预扣`, `paid out by ${name_en}, nothing deducted`], offer.amount_minor, name_zh),
      row(["利息", "Interest"], [`年利率 ${offer.rate_percent}%`, `${offer.rate_percent}% a year`], [`分 ${n} 期收取，${name_zh}`, `in ${n} instalments, by ${name_en}`], offer.cost_minor - fee, name_zh),
      row(["担保费、保险费", "Guarantee or insurance fee"], ["", ""], fee ? ["随每期收取", "with every instalment"] : ["不收取", "not charged"], fee),
      row(["平台服务费", "Platform fee"], ["", ""], ["通途不向你收费", "Tongtu charges you nothing"], 0),
    ],
    contingent: [
      { item_zh: "逾期罚息，按逾期本金每天", item_en: "Overdue interest, a day on overdue principal", how_zh: "约 0.03%，年 10.80%", how_en: "about 0.03%, 10.80% a year" },
      { item_zh: "提前还款违约金", item_en: "Early repayment charge", how_zh: "不收取", how_en: "not charged" },
      { item_zh: "改还款日、换扣款卡", item_en: "Change of due day or card", how_zh: "不收取", how_en: "not charged" },
    ],
    principal_minor: offer.amount_minor, total_minor: offer.total_minor, cost_minor: offer.cost_minor,
    instalments: n, instalment_minor: offer.instalment_minor, last_instalment_minor: offer.last_instalment_minor,
    irr12_percent: offer.irr12_percent, effective_percent: offer.effective_percent, cap_percent: "24.00",
    no_other_charges_zh: "除上表所列项目外，不再收取任何其他费用。", no_other_charges_en: "No charge other than those listed above will be made.",
    reading_seconds: READING_S, shown_at: now(), readable_at: later(READING_S * 1000),
    clauses: ["loan", "cost", "default", "data"].map((clause) => ({
      clause, version: "fake", text_zh: `逐条确认的条款：${clause}`, text_en: `A clause to acknowledge: ${clause}`,
      sha256: SHA, acknowledged_at: null,
    })),
  };
}

function confirm(one: Case): object {
  const left = READING_S - (Date.now() - (one.shown_at ?? Date.now())) / 1000;
  if (left > 0) throw new Fault(409, "reading_not_over", { retry_after_s: Math.ceil(left) });
  move(one, "cost_confirmed");
  return { confirmed_at: now(), step: one.step };
}

function sign(one: Case): object {
  move(one, "signed");
  setTimeout(() => move(one, "paying_out"), 1_500);
  setTimeout(() => move(one, "funded"), 6_000);
  return { step: "signed", signed_at: now(), signed_sha256: SHA };
}

function loan(one: Case): object {
  const offer = accepted(one);
  let left = paid.get(one.application) ?? 0;
  const rows = schedule(offer, "2026-11-24").map((row) => {
    const paid_minor = Math.min(left, row.total_minor);
    left -= paid_minor;
    return { ...row, paid_minor, state: paid_minor === row.total_minor ? "paid" : "upcoming" };
  });
  const next = rows.find((row) => row.state !== "paid");
  const gone = rows.filter((row) => row.state === "paid").reduce((sum, row) => sum + row.principal_minor, 0);
  return {
    loan: `ln_${one.application.slice(3)}`, state: next ? "live" : "settled", lender: offer.lender,
    principal_minor: offer.amount_minor, outstanding_minor: offer.amount_minor - gone, overdue_minor: 0, owed_back_minor: 0, dpd: 0,
    next_due: next ? { nr: next.nr, date: next.due_date, amount_minor: next.total_minor } : null, schedule: rows, overdue_interest_minor: 0,
    events: [{ seq: 1, kind: "disbursed", date: "2026-11-24", amount_minor: offer.amount_minor },
      ...(paid.has(one.application) ? [{ seq: 2, kind: "repaid", date: "2026-11-24", amount_minor: paid.get(one.application) }] : [])],
    rate_bps: offer.rate_bps, interest_paid_minor: rows.filter((row) => row.state === "paid").reduce((sum, row) => sum + row.interest_minor, 0),
    application: one.application, agreement: `ag_${one.application.slice(3)}`,
  };
}

function live(): object {
  const wave = Math.sin(Date.now() / 9_000);
  return {
    funnel: { submitted: 1284, offers: 871, declined: 342, review: 71, accepted: 640, signed: 633, funded: 630, settled: 212 },
    latency_ms: { p50: 9 + wave, p95: 21 + 3 * wave, p99: 38 + 6 * wave, count: 1284 }, decisions_per_s: Math.round(120 + 40 * wave),
    ledger: { accounts: 5210, transfers: 18422, sum_minor: 0, differences: 0, checked_at: now() },
    evidence: { size: 48214, root: createHash("sha256").update("root").digest("hex"), checkpoint_at: now(), verified: true },
    loans: { live: 418, outstanding_minor: 1024099213, repaid_minor: 409242613, overdue: 23 }, business_date: "2027-02-20", at: now(),
  };
}

type Route = [method: string, path: RegExp, answer: (at: string[], body: never, query: URLSearchParams) => unknown];

const ROUTES: Route[] = [
  ["POST", /^\/v1\/demo\/persons$/, () => ({ phone: "13912345678", name: "林知远", resident_id: "999999199003074259" })],
  ["GET", /^\/v1\/demo\/inbox$/, () => ({ messages: [{ at: now(), text: "【通途】验证码 482170，5 分钟内有效，请勿告诉任何人。", code: "482170" }] })],
  ["POST", /^\/v1\/sign-in\/codes$/, () => ({ challenge: "challenge", expires_at: later(300_000) })],
  ["POST", /^\/v1\/sign-in$/, (_at, body: { code: string }) => {
    if (body.code !== "482170") throw new Fault(422, "code_refused");
    return { token: "fake", role: "borrower", party: "pt_1", expires_at: later(3_600_000) };
  }],
  ["DELETE", /^\/v1\/sign-in$/, () => undefined],
  ["GET", /^\/v1\/me$/, () => ({ party: "pt_1", is_identified: isIdentified, phone_masked: "139****5678", name_masked: isIdentified ? "林**" : null, consents })],
  ["PUT", /^\/v1\/me\/identity$/, () => {
    isIdentified = true;
    return {};
  }],
  ["POST", /^\/v1\/me\/consents$/, (_at, body: { grants: { scope: string; recipient?: string }[] }) => {
    for (const one of body.grants) consents.push({ id: id("co"), scope: one.scope, recipient: one.recipient ?? null, version: VERSION, granted_at: now() });
    return { consents };
  }],
  ["DELETE", /^\/v1\/me\/consents\/(\w+)$/, ([, own]) => {
    consents = consents.filter((one) => one.id !== own);
    return { consents };
  }],
  ["GET", /^\/v1\/products$/, () => ({ items: PRODUCTS, next: null })],
  ["GET", /^\/v1\/lenders$/, () => ({ items: LENDERS, next: null })],
  ["GET", /^\/v1\/outside-sources$/, () => ({ items: [{ id: "tax", name_zh: "纳税记录（假）", name_en: "Tax record (fake)", scope: "tax_query", products: ["consumer_cash"], amount_min_minor: 6_000_000, if_missing: "review", go_on_below_minor: 15_000_000 }], next: null })],
  ["GET", /^\/v1\/consent-texts$/, (_at, _body, query) => ({ version: VERSION, items: ["identity_check", "automated_decision", "share_lender"].map((scope) => ({ scope, per_recipient: scope === "share_lender", required: true, title: scope, text: query.get("lang") === "en" ? `I agree to ${scope} by {recipient}. (fake text)` : `我同意（假的条款）${scope}，{recipient}。` })) })],
  ["POST", /^\/v1\/quotes$/, (_at, body: { amount_minor: number; tenor_months: number }) => ({ from: quote(body.amount_minor, 720, body.tenor_months), to: quote(body.amount_minor, 1740, body.tenor_months) })],
  ["POST", /^\/v1\/applications$/, (_at, body: Case["body"]) => apply(body)],
  ["GET", /^\/v1\/applications$/, () => ({ items: [...cases.values()].reverse().map(show), next: null })],
  ["GET", /^\/v1\/applications\/(\w+)$/, ([, own]) => show(find(own ?? ""))],
  ["POST", /^\/v1\/applications\/(\w+)\/acceptance$/, ([, own], body: { offer: number }) => {
    const one = find(own ?? "");
    one.offer = body.offer;
    move(one, "accepted");
    return { offer: `of_${one.application.slice(3)}`, step: one.step };
  }],
  ["GET", /^\/v1\/offers\/(\w+)\/cost-table$/, ([, own]) => costTable(find(own ?? ""))],
  ["POST", /^\/v1\/offers\/(\w+)\/cost-table\/confirmation$/, ([, own]) => confirm(find(own ?? ""))],
  ["POST", /^\/v1\/offers\/(\w+)\/clauses\/acknowledgement$/, () => ({ acknowledged: [] })],
  ["POST", /^\/v1\/offers\/(\w+)\/agreement$/, ([, own]) => {
    const one = find(own ?? "");
    move(one, "agreement_ready");
    return { agreement: `ag_${one.application.slice(3)}`, sha256: SHA, signed_sha256: null, step: one.step };
  }],
  ["GET", /^\/v1\/agreements\/(\w+)$/, ([, own]) => ({ agreement: own, sha256: SHA, signed_sha256: SHA })],
  ["GET", /^\/v1\/agreements\/(\w+)\/document$/, () => PDF],
  ["POST", /^\/v1\/agreements\/(\w+)\/signature$/, ([, own]) => sign(find(own ?? ""))],
  ["GET", /^\/v1\/evidence\/proofs\/agreement\/(\w+)$/, () => ({ state: "pending" })],
  ["GET", /^\/v1\/loans$/, () => ({ items: [...cases.values()].filter((one) => one.step === "funded").map(loan), next: null })],
  ["GET", /^\/v1\/loans\/(\w+)$/, ([, own]) => loan(find(own ?? ""))],
  ["GET", /^\/v1\/loans\/(\w+)\/statement$/, () => ({
    as_of: "2026-11-24", opened_on: "2026-11-24", closed_on: "2026-11-24", opening_minor: 0, lent_minor: 3000000,
    claimed_minor: 0, received_minor: 0, closing_minor: 3000000,
    lines: [{ seq: 1, kind: "disbursed", date: "2026-11-24", amount_minor: 3000000, outstanding_minor: 3000000 }],
  })],
  ["POST", /^\/v1\/applications\/(\w+)\/review$/, ([, own]) => {
    move(find(own ?? ""), "review");
    return { step: "review" };
  }],
  ["POST", /^\/v1\/loans\/(\w+)\/repayments$/, ([, own], body: { amount_minor: number }) => {
    const one = find(own ?? "");
    setTimeout(() => paid.set(one.application, (paid.get(one.application) ?? 0) + body.amount_minor), 1_500);
    return { payment: id("pi"), state: "sent" };
  }],
  ["GET", /^\/v1\/insight\/live$/, live],
];

async function readBody(request: IncomingMessage): Promise<never> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || "{}") as never;
}

function streamLive(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const beat = setInterval(() => response.write(`id: ${Date.now()}\ndata: ${JSON.stringify(live())}\n\n`), 1_000);
  response.on("close", () => clearInterval(beat));
}

async function answer(request: IncomingMessage, response: ServerResponse, next: Connect.NextFunction): Promise<void> {
  const url = new URL(request.url ?? "/", "http://fake");
  response.setHeader("content-security-policy", `default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; img-src 'self' data:${url.pathname.startsWith("/console") ? "; style-src 'self' 'unsafe-inline'" : ""}`);
  if (!url.pathname.startsWith("/v1/")) return next();
  if (url.pathname === "/v1/insight/stream") return streamLive(response);
  try {
    for (const [method, path, run] of ROUTES) {
      const at = path.exec(url.pathname);
      if (!at || method !== request.method) continue;
      const found = run([...at], await readBody(request), url.searchParams);
      response.statusCode = found === undefined ? 204 : 200;
      response.setHeader("content-type", found instanceof Buffer ? "application/pdf" : "application/json");
      response.end(found instanceof Buffer ? found : found === undefined ? undefined : JSON.stringify(found));
      return;
    }
    throw new Fault(404, "not_found");
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault(500, "broken", { detail: String(error) });
    response.statusCode = fault.status;
    response.setHeader("content-type", "application/problem+json");
    response.end(JSON.stringify({ status: fault.status, code: fault.code, detail: "", request_id: "rq_fake", ...fault.more }));
  }
}

export function fake(): Plugin {
  const use = (server: { middlewares: Connect.Server }) => {
    server.middlewares.use((request, response, next) => void answer(request, response, next));
  };
  return { name: "fake-platform", configureServer: use, configurePreviewServer: use };
}
