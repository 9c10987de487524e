/** The language of the page stands on its root; each page brings its own dictionary. */
export type Language = "zh" | "en";
export type Words = Record<string, readonly [zh: string, en: string]>;

const KEPT = "tongtu.language";
const kept = localStorage.getItem(KEPT);
let language: Language =
  kept === "en" || kept === "zh" ? kept : navigator.language.startsWith("zh") ? "zh" : "en";
const listeners = new Set<() => void>();

document.documentElement.lang = language === "zh" ? "zh-CN" : "en";

export const english = (): boolean => language === "en";
export const current = (): Language => language;

export function choose(next: Language): void {
  language = next;
  localStorage.setItem(KEPT, next);
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
  for (const listener of listeners) listener();
}

export function onChoice(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export type Say<W extends Words> = (key: keyof W, values?: Record<string, string | number>) => string;

/** Make the speaker of a dictionary; `{name}` in an entry takes a value. */
export function speaker<W extends Words>(words: W): Say<W> {
  return (key, values) => {
    const entry = words[key] as readonly [string, string];
    const text = entry[english() ? 1 : 0];
    return values ? text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "")) : text;
  };
}

/** Pick the member `<name>_zh` or `<name>_en` of an answer that carries both. */
export function pick(from: object, name: string): string {
  const both = from as Record<string, unknown>;
  const found = both[`${name}_${language}`] ?? both[`${name}_zh`] ?? both[name];
  return typeof found === "string" ? found : "";
}
