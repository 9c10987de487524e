/** Figures for the fake: plausible offers and a plan that adds up. The real ones come from tongtu.terms. */
const lender = (id: string, name_zh: string, name_en: string, kind: string) => ({ id, name_zh, name_en, kind });

export const LENDERS = [
  lender("yunxiu", "云岫银行", "Yunxiu Bank", "bank"),
  lender("chenglan", "澄澜银行", "Chenglan Bank", "bank"),
  lender("heguang", "禾光消费金融", "Heguang Consumer Finance", "consumer_finance"),
  lender("xingdu", "星渡消费金融", "Xingdu Consumer Finance", "consumer_finance"),
  lender("luzhu", "鹿渚小贷", "Luzhu Microloan", "microloan"),
  lender("nanping", "南屏信托", "Nanping Trust", "trust"),
];

const product = (id: string, zh: string, en: string, about_zh: string, about_en: string, purposes: string[]) => ({
  id, name_zh: zh, name_en: en, about_zh, about_en, purposes,
  example: { ...quote(1_000_000, 1_200, 12), amount_minor: 1_000_000, tenor_months: 12 },
  amount_min_minor: 100_000, amount_max_minor: 20_000_000, tenors_months: [3, 6, 12, 24, 36],
});

export const PRODUCTS = [
  product("consumer_cash", "消费贷", "Consumer loan", "用于日常消费，按月等额还款", "For everyday spending, in equal instalments", ["daily_consumption", "goods", "medical", "travel", "wedding", "vehicle_service"]),
  product("goods_instalment", "商品分期", "Goods in instalments", "购买家电、数码、家具等商品", "For appliances, electronics or furniture", ["goods"]),
  product("home_improvement", "家装分期", "Home improvement loan", "用于装修、建材与家居", "For renovation and furnishing", ["home_improvement"]),
  product("education_training", "教育培训分期", "Education and training loan", "用于成人教育与职业培训", "For adult education and training", ["education"]),
];

export type Figures = ReturnType<typeof offer>;

function plan(principal: number, rate_bps: number, months: number, fee: number) {
  const monthly = rate_bps / 120_000;
  const each = Math.round((principal * monthly) / (1 - (1 + monthly) ** -months));
  let left = principal;
  return Array.from({ length: months }, (_, n) => {
    const interest = Math.round(left * monthly);
    const own = n === months - 1 ? left : each - interest;
    left -= own;
    return { nr: n + 1, principal_minor: own, interest_minor: interest, fee_minor: fee, total_minor: own + interest + fee };
  });
}

function irr(principal: number, payments: number[]): number {
  let low = 0;
  let high = 1;
  for (let n = 0; n < 80; n++) {
    const rate = (low + high) / 2;
    const value = payments.reduce((sum, pay, at) => sum + pay / (1 + rate) ** (at + 1), 0);
    if (value > principal) low = rate;
    else high = rate;
  }
  return low;
}

export function quote(principal: number, rate_bps: number, months: number, fee = 0) {
  const payments = plan(principal, rate_bps, months, fee).map((row) => row.total_minor);
  const total = payments.reduce((sum, pay) => sum + pay, 0);
  const monthly = irr(principal, payments);
  return {
    instalment_minor: payments[0] ?? 0,
    last_instalment_minor: payments.at(-1) ?? 0,
    total_minor: total,
    cost_minor: total - principal,
    irr12_percent: (monthly * 1200).toFixed(2),
    effective_percent: (((1 + monthly) ** 12 - 1) * 100).toFixed(2),
  };
}

function offer(n: number, at: number, rate_bps: number, fee: number, amount_minor: number, tenor_months: number) {
  return {
    n, lender: LENDERS[at] ?? lender("", "", "", "bank"), program: "p", amount_minor, tenor_months, rate_bps,
    rate_percent: (rate_bps / 100).toFixed(2), fee_monthly_minor: fee,
    expires_at: new Date(Date.now() + 86_400_000).toISOString(),
    ...quote(amount_minor, rate_bps, tenor_months, fee),
  };
}

export function schedule(one: Figures, start: string) {
  return plan(one.amount_minor, one.rate_bps, one.tenor_months, one.fee_monthly_minor).map((row) => {
    const due = new Date(`${start}T00:00:00Z`);
    due.setUTCMonth(due.getUTCMonth() + row.nr);
    return { ...row, due_date: due.toISOString().slice(0, 10) };
  });
}

export function decide(body: { amount_minor: number; tenor_months: number; facts: Record<string, unknown> }) {
  const isReview = body.facts["income_minor"] === null;
  const isDeclined = !isReview && (body.facts["records"] === true || body.amount_minor >= 8_000_000);
  const { amount_minor, tenor_months } = body;
  const reasons = isDeclined
    ? [
        { code: "debt_service_too_high", text_zh: "每月还款占收入的 72.6%，可减少金额或延长期限", text_en: "Monthly payments are 72.6% of income; a smaller amount or a longer term may fit" },
        { code: "short_employment", text_zh: "在现单位工作时间较短", text_en: "Short time in the present job" },
      ]
    : isReview
      ? [{ code: "income_missing", text_zh: "未提供收入信息，转人工处理", text_en: "Income was not stated, so a person will look" }]
      : [];
  const offers = isDeclined || isReview ? [] : [
    offer(1, 0, 720, 0, amount_minor, tenor_months),
    offer(2, 1, 720, 3_800, amount_minor, tenor_months),
    offer(3, 2, 1380, 0, amount_minor, tenor_months),
    offer(4, 4, 1740, 0, amount_minor, tenor_months),
  ];
  const said = new Set(offers.map((one) => one.lender.id));
  const reason = { reason_code: "lender_policy", text_zh: "不符合该机构的准入条件", text_en: "The lender's own conditions are not met" };
  return {
    outcome: isReview ? "review" : isDeclined ? "declined" : "offers",
    decided_at: new Date().toISOString(), decided_in_us: 8_400, score: { points: 0, band: 0 }, reasons, offers,
    not_offered: isReview ? [] : LENDERS.filter((one) => !said.has(one.id)).map((one) => ({ lender: one.id, ...reason })),
  };
}
