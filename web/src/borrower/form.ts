/**
 * The draft on the server: what is typed here is seen at a branch within a second, and the other way.
 *
 * A field only one side changed follows that side. A field both changed is asked about, one by one.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { read, write } from "../shared/lang.ts";
import { asProblem } from "../shared/problem.ts";
import type { Facts } from "../shared/types.ts";
import { draft, saveDraft } from "./draft.ts";
import { http } from "./session.ts";

const LOOK_MS = 1_000;
const KEY = "tongtu.form";
const WISH = ["product", "amount_minor", "tenor_months", "purpose"] as const;
const FACTS = [
  "income_minor",
  "expenses_minor",
  "assets_minor",
  "debt_minor",
  "price_minor",
  "seniority_years",
  "home",
  "job",
  "records",
] as const;

export type Value = number | string | boolean | null;
type Values = Record<string, Value>;

interface Written {
  name: string;
  value: Value;
  version: number;
  at: string;
  channel: string;
}

interface Form {
  version: number;
  fields: Written[];
}

export interface Dispute {
  name: string;
  mine: Value;
  theirs: Written;
}

/** What both sides last agreed on. */
interface Base {
  version: number;
  values: Values;
}

function mine(): Values {
  const now = draft();
  const found: Values = {};
  // A wish nobody touched is no answer yet.
  if (now.saved_at) for (const name of WISH) if (now[name] !== "") found[name] = now[name];
  for (const name of FACTS) {
    const value = now.facts[name];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function take(fields: readonly Written[]): void {
  const wish: Record<string, Value> = {};
  const facts: Record<string, Value> = {};
  for (const { name, value } of fields) ((WISH as readonly string[]).includes(name) ? wish : facts)[name] = value;
  saveDraft({ ...wish, facts: { ...draft().facts, ...(facts as Partial<Facts>) } });
}

function base(): Base {
  try {
    const kept = JSON.parse(read(KEY) ?? "null") as Base | null;
    if (kept) return kept;
  } catch {
    // What was agreed on is asked again.
  }
  return { version: 0, values: {} };
}

const agree = (form: Form) =>
  write(KEY, JSON.stringify({ version: form.version, values: Object.fromEntries(form.fields.map((one) => [one.name, one.value])) }));

interface Round {
  taken: number;
  disputes: Dispute[];
}

/** One look: take what they wrote, send what was written here, tell what both wrote. */
async function meet(): Promise<Round> {
  const there = await http.json<Form>("/v1/me/form");
  const agreed = base();
  const here = mine();
  const isMine = (name: string) => name in here && here[name] !== agreed.values[name];
  const news = there.fields.filter((one) => one.version > agreed.version && one.value !== here[one.name]);
  const disputes = news.filter((one) => isMine(one.name)).map((one) => ({ name: one.name, mine: here[one.name] ?? null, theirs: one }));
  if (disputes.length > 0) return { taken: 0, disputes };
  if (news.length > 0) take(news);
  const own = Object.keys(here).filter(isMine);
  agree(there);
  if (own.length > 0) agree(await send(there.version, own.map((name) => ({ name, value: here[name] ?? null }))));
  return { taken: news.length, disputes: [] };
}

function send(version: number, fields: { name: string; value: Value }[]): Promise<Form> {
  return http.json<Form>("/v1/me/form", { method: "PUT", body: { base: version, fields } });
}

/** Keeps the draft and the server's form alike; `turn` counts how often something came from elsewhere. */
export function useForm(isOn: boolean): { turn: number; disputes: Dispute[]; settle(choice: Written[]): Promise<void> } {
  const [turn, setTurn] = useState(0);
  const [disputes, setDisputes] = useState<Dispute[]>([]);
  const busy = useRef(false);
  const look = async () => {
    if (busy.current || document.visibilityState !== "visible") return;
    busy.current = true;
    try {
      const round = await meet();
      setDisputes((was) => (was.length === 0 && round.disputes.length === 0 ? was : round.disputes));
      if (round.taken > 0) setTurn((n) => n + 1);
    } catch (error) {
      // Without a network the draft stays here, and goes when there is one.
      if (asProblem(error).code === "form_changed") setTurn((n) => n + 1);
    } finally {
      busy.current = false;
    }
  };
  useEffect(() => {
    if (!isOn) return;
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => clearInterval(timer);
  }, [isOn]);
  const settle = async (choice: Written[]) => {
    const there = await http.json<Form>("/v1/me/form");
    take(choice);
    agree(await send(there.version, choice.map(({ name, value }) => ({ name, value }))));
    setDisputes([]);
    setTurn((n) => n + 1);
  };
  return { turn, disputes, settle };
}
