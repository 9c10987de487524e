/** What `POST /v1/quotes` says of a price, gathered by term: from the best to the worst there is. */
export interface Side {
  instalment_minor: number;
  total_minor: number;
  cost_minor: number;
  irr12_percent: string;
}

export interface Term {
  months: number;
  from: Side;
  to: Side;
  /** The shop pays so much of the interest that somebody owes none. */
  isPaid: boolean;
}

interface Plan {
  tenor_months: number;
  from: Side;
  to: Side;
}

const LIKED = [3, 6, 12, 24];

/** At most four terms, those most people choose; every lender of a term counts. */
export function termsOf(plans: readonly Plan[]): Term[] {
  const months = [...new Set(plans.map((one) => one.tenor_months))].sort((a, b) => a - b);
  const liked = months.filter((n) => LIKED.includes(n));
  return (liked.length > 0 ? liked : months.slice(0, LIKED.length)).map((n) => {
    const own = plans.filter((one) => one.tenor_months === n);
    const from = own.map((one) => one.from).reduce((a, b) => (b.total_minor < a.total_minor ? b : a));
    const to = own.map((one) => one.to).reduce((a, b) => (b.total_minor > a.total_minor ? b : a));
    return { months: n, from, to, isPaid: from.cost_minor === 0 };
  });
}

export async function ask(platform: string, merchant: string, item: string, price: number): Promise<Term[]> {
  const answer = await fetch(`${platform}/v1/quotes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    credentials: "omit",
    referrerPolicy: "no-referrer",
    signal: AbortSignal.timeout(10_000),
    body: JSON.stringify({ merchant, item, price_minor: price }),
  });
  if (!answer.ok) throw new Error(`quotes answered ${answer.status}`);
  return termsOf(((await answer.json()) as { plans: Plan[] }).plans);
}
