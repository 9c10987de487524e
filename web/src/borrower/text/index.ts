/** `t` is the dictionary of the reader's language; each is loaded only when it is read. */
import { currentLang, pick, setLang, type Lang } from "../../shared/lang.ts";
import type { Text } from "./zh.ts";

const LOADS: Record<Lang, () => Promise<Text>> = {
  zh: () => import("./zh.ts").then((found) => found.zh),
  en: () => import("./en.ts").then((found) => found.en),
};

export let t: Text;

export async function startText(): Promise<void> {
  t = await LOADS[currentLang()]();
}

/** Changes the language of the page; without a network it stays as it was. */
export async function speak(lang: Lang): Promise<void> {
  try {
    t = await LOADS[lang]();
    setLang(lang);
  } catch {
    // The other dictionary could not be fetched.
  }
}

export function lenderName(lender: { name_zh: string; name_en: string }): string {
  return pick(lender, "name");
}

export function kindName(lender: { kind: string }, hasFee = false): string {
  if (hasFee && lender.kind === "bank") return t.kinds["bank_guaranteed"] ?? "";
  return t.kinds[lender.kind] ?? lender.kind;
}
