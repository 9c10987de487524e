/** Money, rates, dates and spans as both languages write them. Money is whole fen, never a float. */
import { currentLang } from "./lang.ts";

const FEN = 100;
const MINUS = "\u2212";
const ZONE = "Asia/Shanghai";
const DAYS = "日一二三四五六";

/** [sign, "2,598", "57"] of whole fen. */
export function moneyParts(minor: number): [sign: string, major: string, rest: string] {
  const size = Math.abs(minor);
  const rest = size % FEN;
  const major = group(String((size - rest) / FEN));
  return [minor < 0 ? MINUS : "", major, String(rest).padStart(2, "0")];
}

/** "¥2,598.57" */
export function money(minor: number): string {
  return moneyInTable(minor).replace(/^(\u2212?)/, "$1¥");
}

/** "2,598.57": the unit stands in the header. */
export function moneyInTable(minor: number): string {
  const [sign, major, rest] = moneyParts(minor);
  return `${sign}${major}.${rest}`;
}

/** "¥30,000": a wish, before any decision. */
export function moneyRound(minor: number): string {
  const [sign, major, rest] = moneyParts(minor);
  return `${sign}¥${major}${rest === "00" ? "" : `.${rest}`}`;
}

export function count(n: number): string {
  return (n < 0 ? MINUS : "") + group(String(Math.abs(n)));
}

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "7.20" of 720 basis points. */
export function percentOf(bps: number): string {
  const [, major, rest] = moneyParts(bps);
  return `${major}.${rest}`;
}

/** Reads yuan as people type them, also full-width; null is empty, undefined is not a sum of at most so many digits. */
export function parseMoney(text: string, digits = 9): number | null | undefined {
  const plain = text.normalize("NFKC").replace(/[¥,\s]/g, "");
  if (plain === "") return null;
  const found = /^(\d+)(?:\.(\d{1,2}))?$/.exec(plain);
  if (!found || (found[1] ?? "").length > digits) return undefined;
  return Number(found[1]) * FEN + Number((found[2] ?? "").padEnd(2, "0"));
}

type Parts = { y: string; m: string; d: string; h: string; min: string; s: string; week: number };

function parts(at: string | Date): Parts {
  // A date without a time is a calendar day and must not move with the zone.
  const plain = typeof at === "string" && /^\d{4}-\d\d-\d\d$/.test(at);
  const when = typeof at === "string" ? new Date(plain ? `${at}T00:00:00Z` : at) : at;
  const form = new Intl.DateTimeFormat("en-CA", {
    timeZone: plain ? "UTC" : ZONE,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const got = Object.fromEntries(form.formatToParts(when).map((part) => [part.type, part.value]));
  const [y, m, d] = [got["year"] ?? "", got["month"] ?? "", got["day"] ?? ""];
  const week = new Date(`${y}-${m}-${d}T00:00:00Z`).getUTCDay();
  return { y, m, d, h: got["hour"] ?? "", min: got["minute"] ?? "", s: got["second"] ?? "", week };
}

/** "2027-02-23": for tables. */
export function dateIso(at: string | Date): string {
  const { y, m, d } = parts(at);
  return `${y}-${m}-${d}`;
}

/** "2 月 23 日（周二）" or "Tue 23 Feb": for sentences. */
export function dateInWords(at: string, withDay = false): string {
  const { y, m, d, week } = parts(at);
  if (currentLang() === "zh") {
    return `${Number(m)} 月 ${Number(d)} 日${withDay ? `（周${DAYS[week]}）` : ""}`;
  }
  const form: Intl.DateTimeFormatOptions = { timeZone: "UTC", day: "numeric", month: "short" };
  if (withDay) form.weekday = "short";
  return new Intl.DateTimeFormat("en-GB", form).format(new Date(`${y}-${m}-${d}T00:00:00Z`)).replace(",", "");
}

/** "14:08:12" */
export function time(at: string | Date): string {
  const { h, min, s } = parts(at);
  return `${h}:${min}:${s}`;
}

/** "今天 14:08" or "2026-11-23 14:08" */
export function moment(at: string | Date): string {
  const today = dateIso(new Date());
  const day = dateIso(at);
  const clock = time(at).slice(0, 5);
  if (day !== today) return `${day} ${clock}`;
  return currentLang() === "zh" ? `今天 ${clock}` : `today ${clock}`;
}

/** Whole days from one calendar day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** "0.21 秒", "9 毫秒", "4 分 12 秒": two units at most. */
export function span(ms: number): string {
  const zh = currentLang() === "zh";
  if (ms < 10) return `${ms.toFixed(1)} ${zh ? "毫秒" : "ms"}`;
  if (ms < 1_000) return `${Math.round(ms)} ${zh ? "毫秒" : "ms"}`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} ${zh ? "秒" : "s"}`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = Math.round((ms % 60_000) / 1_000);
  return zh ? `${minutes} 分 ${seconds} 秒` : `${minutes} min ${seconds} s`;
}

/** "67.3%" of two counts; a dash when there is nothing to compare with. */
export function share(part: number, whole: number): string {
  return whole > 0 ? `${((100 * part) / whole).toFixed(1)}%` : "—";
}
