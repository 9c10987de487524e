/** Fields the server would not take, until they are changed or sent again. */
import type { Problem } from "../shared/problem.ts";
import { t } from "./text/index.ts";

let fields: Record<string, string> = {};

/** Remembers by the last part of a name: `facts.income_minor` is `income_minor` on the page. */
export function rememberRefused(problem: Problem): void {
  fields = {};
  for (const name of Object.keys(problem.fields)) fields[name.split(".").pop() ?? name] = t.problems["bad_input"] ?? "";
}

export function forgetRefused(): void {
  fields = {};
}

export const refusedFields = () => fields;
