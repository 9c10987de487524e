/** `t` is the dictionary of the reader's language; a change of language draws the page anew. */
import { currentLang, onLang, pick } from "../../shared/lang.ts";
import { en } from "./en.ts";
import { zh, type Text } from "./zh.ts";

export let t: Text = zh;

export function startText(): void {
  const choose = () => {
    t = currentLang() === "zh" ? zh : en;
  };
  onLang(choose);
  choose();
}

export function lenderName(lender: { name_zh: string; name_en: string }): string {
  return pick(lender, "name");
}

export function kindName(lender: { kind: string }, hasFee = false): string {
  if (hasFee && lender.kind === "bank") return t.kinds["bank_guaranteed"] ?? "";
  return t.kinds[lender.kind] ?? lender.kind;
}
