/** The reader's language: on the root element, remembered on this device, Chinese first. */
export type Lang = "zh" | "en";

const KEY = "tongtu.lang";
const heard = new Set<() => void>();

export function startLang(): void {
  const kept = read(KEY);
  const wished = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  apply(kept === "zh" || kept === "en" ? kept : wished);
}

export function currentLang(): Lang {
  return document.documentElement.lang === "en" ? "en" : "zh";
}

export function setLang(lang: Lang): void {
  write(KEY, lang);
  apply(lang);
  heard.forEach((tell) => tell());
}

/** Calls `tell` after every change; returns how to stop. */
export function onLang(tell: () => void): () => void {
  heard.add(tell);
  return () => heard.delete(tell);
}

/** Picks the field of the reader's language: `pick(lender, "name")` reads `name_zh` or `name_en`. */
export function pick<K extends string>(from: Record<`${K}_zh` | `${K}_en`, string>, name: K): string {
  return currentLang() === "zh" ? from[`${name}_zh`] : from[`${name}_en`];
}

function apply(lang: Lang): void {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
}

/** Storage may be shut (private mode): then a choice lasts as long as the page. */
export function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Nothing is lost but the memory of a choice.
  }
}
