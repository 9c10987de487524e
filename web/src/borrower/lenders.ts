/** Names of lenders by their id, or by the Chinese name a paper carries. */
import * as api from "./api.ts";
import { lenderName } from "./text/index.ts";
import { useLoaded } from "./use.ts";

/** Returns what it was given until the list has come. */
export function useLenderNames(): (key: string) => string {
  const list = useLoaded(api.lenders, []).data ?? [];
  return (key) => {
    const found = list.find((one) => one.id === key || one.name_zh === key);
    return found ? lenderName(found) : key;
  };
}
