/** Step 2: income and the rest of what a decision needs, kept on this device while it is typed. */
import { useState } from "preact/hooks";
import type { Facts } from "../../shared/types.ts";
import * as api from "../api.ts";
import { demo } from "../demo.ts";
import { draft, saveDraft, type FactName } from "../draft.ts";
import { factDoubts, factErrors, type FactErrors } from "../facts.ts";
import { go } from "../router.ts";
import { refusedFields } from "../refused.ts";
import { t } from "../text/index.ts";
import { Choice, MoneyField, TextField } from "../ui/field.tsx";
import { Heading } from "../ui/page.tsx";
import { Button } from "../ui/parts.tsx";
import { Live } from "../ui/say.tsx";
import { useLoaded } from "../use.ts";
import type { StepProps } from "./apply.tsx";

/** What a demo's visitor may start from; every figure can be changed. */
const DEMO: Partial<Facts> = {
  income_minor: 1_350_000,
  expenses_minor: 300_000,
  assets_minor: 20_000_000,
  debt_minor: 0,
  seniority_years: 6,
  home: "owner",
  job: "fixed",
  records: false,
};

export function FactsPage({ frame }: StepProps) {
  const [form, setForm] = useState(draft);
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set(Object.keys(refusedFields())));
  const [isWhy, setWhy] = useState(false);
  const products = useLoaded(api.products, []);
  const errors = factErrors(form);
  const doubts = factDoubts(form);
  const refused = refusedFields();
  const { facts } = form;

  const set = (part: Partial<Facts>) => {
    saveDraft({ facts: { ...draft().facts, ...part } });
    setForm(draft());
  };
  const shown = (name: keyof FactErrors): string | undefined =>
    seen.has(name) ? (errors[name] ?? doubts[name] ?? refused[name]) : undefined;
  const leave = (name: FactName) => {
    // An empty field is not yet wrong on the first walk through.
    if (facts[name] !== undefined || (name in facts && errors[name] !== t.facts.required)) {
      setSeen((was) => new Set([...was, name]));
    }
  };
  const money = (name: "income_minor" | "expenses_minor" | "debt_minor" | "assets_minor" | "price_minor") => ({
    value: facts[name],
    error: shown(name),
    onChange: (minor: number | null | undefined) => set({ [name]: minor } as Partial<Facts>),
    onLeave: () => leave(name),
  });
  const faults = Object.keys(errors).length;
  const next = () => {
    setSeen(new Set([...Object.keys(errors), ...Object.keys(doubts)]));
    if (faults === 0) go("/apply/consents");
    else requestAnimationFrame(() => document.querySelector<HTMLElement>(".field.bad input")?.focus());
  };
  const product = products.data?.find((one) => one.id === form.product);
  const purposes = product?.purposes ?? Object.keys(t.purposes);
  return (
    <>
      {frame(
        <>
          <Live>{seen.size > 0 && faults > 0 ? t.facts.mend(faults) : ""}</Live>
          <Button onClick={next}>{t.facts.next}</Button>
        </>,
        <>
          <Heading>{t.facts.heading}</Heading>
          {demo.person() && (
            <p class="demo line">
              <Button kind="secondary" onClick={() => set({ ...DEMO, price_minor: form.amount_minor })}>
                {t.identity.demoFacts}
              </Button>
            </p>
          )}
          <MoneyField label={t.facts.income} hint={t.facts.incomeHint} unit={t.yuanMonth} {...money("income_minor")} />
          <MoneyField label={t.facts.expenses} hint={t.facts.expensesHint} unit={t.yuanMonth} {...money("expenses_minor")} />
          <MoneyField
            label={t.facts.debt}
            hint={t.facts.debtHint}
            unit={t.yuan}
            {...money("debt_minor")}
            aside={
              <button type="button" class="link" aria-expanded={isWhy} onClick={() => setWhy(!isWhy)}>
                {t.facts.why}
              </button>
            }
          />
          {isWhy && <p class="terms">{t.facts.whyText}</p>}
          <MoneyField label={t.facts.assets} hint={t.facts.assetsHint} unit={t.yuan} {...money("assets_minor")} />
          {!form.basket && (
            <MoneyField label={t.facts.price} hint={t.facts.priceHint} unit={t.yuan} {...money("price_minor")} />
          )}
          <TextField
            label={t.facts.seniority}
            hint={t.facts.seniorityHint}
            unit={t.facts.years}
            keys="numeric"
            max={2}
            value={facts.seniority_years === undefined ? "" : String(facts.seniority_years)}
            error={shown("seniority_years")}
            onInput={(text) => set({ seniority_years: years(text) } as Partial<Facts>)}
            onLeave={() => leave("seniority_years")}
          />
          <Choice
            label={t.facts.home}
            options={Object.entries(t.facts.homes)}
            value={facts.home}
            error={shown("home")}
            onChange={(home) => set({ home })}
          />
          <Choice
            label={t.facts.job}
            options={Object.entries(t.facts.jobs)}
            value={facts.job}
            error={shown("job")}
            onChange={(job) => set({ job })}
          />
          <Choice
            label={t.facts.records}
            options={[
              ["no", t.facts.recordsNo],
              ["yes", t.facts.recordsYes],
            ]}
            value={facts.records === undefined ? undefined : facts.records ? "yes" : "no"}
            error={shown("records")}
            onChange={(answer) => set({ records: answer === "yes" })}
          />
          <Choice
            label={t.facts.purpose}
            hint={t.facts.purposeHint}
            options={purposes.map((id) => [id, t.purposes[id] ?? id])}
            value={form.purpose}
            error={shown("purpose")}
            onChange={(purpose) => {
              saveDraft({ purpose });
              setForm(draft());
            }}
          />
        </>,
      )}
    </>
  );
}

function years(text: string): number | undefined {
  const plain = text.normalize("NFKC").trim();
  return /^\d{1,2}$/.test(plain) ? Number(plain) : undefined;
}
