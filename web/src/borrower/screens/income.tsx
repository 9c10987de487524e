import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { plain, readYuan } from "../../shared/money";
import { changeTerms, theCase, type Facts } from "../case";
import { PURPOSES } from "../application";
import { go } from "../route";
import { Bar, Button, Chips, Field, Foot, Stepper, useCase } from "../ui";
import { say, sayNamed, type Word } from "../words";

type MoneyFact = "income" | "expenses" | "assets" | "debt" | "price";
type Wrong = Partial<Record<keyof Facts, string>>;

const OPTIONAL: readonly MoneyFact[] = ["income", "assets", "debt"];

function wrongMoney(name: MoneyFact, facts: Facts): string | undefined {
  const text = facts[name].trim();
  if (!text) return OPTIONAL.includes(name) ? undefined : say("amount_needed");
  return readYuan(text) === null ? say("amount_wrong") : undefined;
}

function check(facts: Facts): Wrong {
  const wrong: Wrong = {};
  for (const name of ["income", "expenses", "assets", "debt", "price"] as const) {
    const said = wrongMoney(name, facts);
    if (said) wrong[name] = said;
  }
  if (!/^\d{1,2}$/.test(facts.seniority) || Number(facts.seniority) > 70) wrong.seniority = say("seniority_wrong");
  for (const name of ["home", "job", "purpose"] as const) if (!facts[name]) wrong[name] = say(CHOOSE[name]);
  if (facts.records === null) wrong.records = say("records");
  return wrong;
}

const CHOOSE: Record<"home" | "job" | "purpose", Word> = { home: "home", job: "job", purpose: "purpose" };
const choices = (prefix: string, values: readonly string[]) => values.map((value) => ({ value, text: sayNamed(prefix, value) }));

export function Income(): JSX.Element {
  const { facts } = useCase();
  const [wrong, setWrong] = useState<Wrong>({});
  const set = (part: Partial<Facts>): void => changeTerms({ facts: { ...theCase().facts, ...part } });
  const clear = (name: keyof Facts): void => setWrong(({ [name]: _, ...rest }) => rest);
  const leave = (name: MoneyFact): void => {
    const value = readYuan(facts[name]);
    if (value !== null) set({ [name]: plain(value).replace(/\.00$/, "") });
    const said = wrongMoney(name, facts);
    if (said) setWrong({ ...wrong, [name]: said });
    else clear(name);
  };
  const money = (name: MoneyFact, word: Word, unit: Word, hint?: string): JSX.Element => (
    <Field label={say(word)} value={facts[name]} isMoney unit={say(unit)} inputMode="decimal" maxLength={14}
      {...(hint ? { hint } : {})} {...(OPTIONAL.includes(name) ? { note: say("optional") } : {})}
      error={wrong[name]} onInput={(value) => set({ [name]: value })} onLeave={() => leave(name)} />
  );
  const chips = (name: "home" | "job" | "purpose", values: readonly string[], hint?: string): JSX.Element => (
    <Chips legend={say(CHOOSE[name])} name={name} value={facts[name]} choices={choices(`${name}_`, values)} error={wrong[name]}
      {...(hint ? { hint } : {})} onChoose={(value) => (set({ [name]: value }), clear(name))} />
  );
  const income = readYuan(facts.income);
  const expenses = readYuan(facts.expenses);
  const isHigh = income !== null && expenses !== null && expenses > income;
  const submit = (event: Event): void => {
    event.preventDefault();
    const found = check(facts);
    setWrong(found);
    if (!Object.keys(found).length) return go("consents");
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".wrong input")?.focus());
  };
  return (
    <form class="page with-foot" onSubmit={submit} noValidate>
      <Bar title={say("apply")} back={() => go("identity")} />
      <main>
        <Stepper at={2} />
        <h1>{say("income_title")}</h1>
        {money("income", "income", "per_month", say("income_hint"))}
        {money("expenses", "expenses", "per_month", isHigh ? say("expenses_high") : say("expenses_hint"))}
        {money("debt", "debt", "in_yuan")}
        {money("assets", "assets", "in_yuan")}
        <Field label={say("seniority")} value={facts.seniority} unit={say("years")} inputMode="numeric" maxLength={2} error={wrong.seniority}
          onInput={(seniority) => (set({ seniority }), clear("seniority"))} />
        {chips("job", ["fixed", "freelance", "part_time", "other"])}
        {chips("home", ["owner", "rent", "parents", "other"])}
        <Chips legend={say("records")} name="records" value={facts.records === null ? "" : facts.records ? "yes" : "no"} error={wrong.records}
          choices={choices("records_", ["no", "yes"])} onChoose={(value) => (set({ records: value === "yes" }), clear("records"))} />
        {chips("purpose", PURPOSES, say("purpose_not"))}
        {money("price", "price", "in_yuan")}
      </main>
      <Foot><Button submit>{say("to_consents")}</Button></Foot>
    </form>
  );
}
