/** Words of a page that comes later: they come with its code, and not with the first page's dictionary. */
import { currentLang } from "../shared/lang.ts";

/** `const t = words(zh, en)`, then `t()` where a page is drawn. */
export function words<T>(zh: T, en: NoInfer<T>): () => T {
  return () => (currentLang() === "zh" ? zh : en);
}
