/** A quote reckoned here, to the fen as the platform reckons it: whole fen by whole numbers, no network. */

const MONTHLY = 120_000n;
const BPS = 10_000n;

export interface Price {
  rate_bps: number;
  /** A month's fee in parts of ten thousand of the principal. */
  fee_bps: number;
}

export interface Reckoned {
  instalment_minor: number;
  total_minor: number;
  cost_minor: number;
}

/** Halves away from zero, as money is rounded everywhere. */
function halfUp(part: bigint, whole: bigint): bigint {
  return (2n * part + whole) / (2n * whole);
}

export function levelOf(principal: bigint, rate: bigint, months: bigint): bigint {
  if (rate === 0n) return halfUp(principal, months);
  const grown = (MONTHLY + rate) ** months;
  return halfUp(principal * rate * grown, MONTHLY * (grown - MONTHLY ** months));
}

export function feeOf(principalMinor: number, feeBps: number): number {
  return Number(halfUp(BigInt(principalMinor) * BigInt(feeBps), BPS));
}

/** The level instalment, with each month's interest rounded; the last month takes what is left. */
export function reckon(principalMinor: number, months: number, price: Price): Reckoned {
  const [principal, rate, fee] = [BigInt(principalMinor), BigInt(price.rate_bps), BigInt(feeOf(principalMinor, price.fee_bps))];
  const level = levelOf(principal, rate, BigInt(months));
  let left = principal;
  let paid = 0n;
  for (let month = 1; month < months; month += 1) {
    left = left + halfUp(left * rate, MONTHLY) - level;
    paid += level + fee;
  }
  const total = paid + left + halfUp(left * rate, MONTHLY) + fee;
  return { instalment_minor: Number(level + fee), total_minor: Number(total), cost_minor: Number(total - principal) };
}

interface Side {
  instalment_minor: number;
  rate_percent: string;
}

/** The price behind a platform's quote; its fee is what the instalment holds beyond the level one. */
export function priceOf(principalMinor: number, months: number, side: Side): Price {
  const rate = Math.round(Number(side.rate_percent) * 100);
  const fee = side.instalment_minor - Number(levelOf(BigInt(principalMinor), BigInt(rate), BigInt(months)));
  return { rate_bps: rate, fee_bps: Math.round((fee * Number(BPS)) / principalMinor) };
}
