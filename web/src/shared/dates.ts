import { english } from "./language";

const DAYS_ZH = ["日", "一", "二", "三", "四", "五", "六"];
const DAYS_EN = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A business date in words: 2月23日（周二） or Tue 23 Feb. Spaces in Chinese come from the browser. */
export function dayInWords(iso: string): string {
  const day = new Date(`${iso}T00:00:00Z`);
  const [month, date, weekday] = [day.getUTCMonth(), day.getUTCDate(), day.getUTCDay()];
  return english()
    ? `${DAYS_EN[weekday]} ${date} ${MONTHS_EN[month]}`
    : `${month + 1}月${date}日（周${DAYS_ZH[weekday]}）`;
}

export function shortDay(iso: string): string {
  const day = new Date(`${iso}T00:00:00Z`);
  const [month, date] = [day.getUTCMonth(), day.getUTCDate()];
  return english() ? `${date} ${MONTHS_EN[month]}` : `${month + 1}月${date}日`;
}

/** 14:08:12 where money or evidence moves, in the viewer's zone. */
export function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString("en-GB", { hour12: false });
}

/** An instant in the viewer's zone, to the minute: 11月27日 18:00. */
export function moment(iso: string): string {
  const at = new Date(iso);
  const day = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
  return `${shortDay(day)} ${clock(iso).slice(0, 5)}`;
}

/** A true span of a machine, from microseconds: 9 毫秒, 1.8 秒. */
export function span(microseconds: number): string {
  const ms = microseconds / 1000;
  if (ms < 1000) {
    const text = ms < 10 ? ms.toFixed(1) : Math.round(ms).toString();
    return english() ? `${text} ms` : `${text}毫秒`;
  }
  return english() ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(2)}秒`;
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}
