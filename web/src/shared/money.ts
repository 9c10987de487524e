/** Money comes as whole minor units (fen) and is shown by ui rules; nothing is ever rounded here. */
export interface Split {
  sign: string;
  whole: string;
  cents: string;
}

export function split(minor: number): Split {
  const size = Math.abs(minor);
  const whole = Math.trunc(size / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return { sign: minor < 0 ? "−" : "", whole, cents: (size % 100).toString().padStart(2, "0") };
}

/** `31,182.82`, for tables with the unit in their header. */
export function plain(minor: number): string {
  const { sign, whole, cents } = split(minor);
  return `${sign}${whole}.${cents}`;
}

/** `¥31,182.82`. */
export function yuan(minor: number): string {
  const { sign, whole, cents } = split(minor);
  return `${sign}¥${whole}.${cents}`;
}

/** `¥30,000`, before a decision only. */
export function wholeYuan(minor: number): string {
  const { sign, whole } = split(minor);
  return `${sign}¥${whole}`;
}

/** Read what a person typed as yuan; null when it is no amount. */
export function readYuan(text: string): number | null {
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.replace(/[,，\s¥]/g, ""));
  if (!match) return null;
  return Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0") || 0);
}

export function grouped(value: number): string {
  return Math.trunc(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
