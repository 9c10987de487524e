/** A fair answer and a way on: no harm done, at most four reasons, what to try, each lender's word. */
import { useState } from "preact/hooks";
import { money, moneyRound, share } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import type { Advice, ApplicationHead, Quote, Reason } from "../../shared/types.ts";
import * as api from "../api.ts";
import { draft, saveDraft } from "../draft.ts";
import { go } from "../router.ts";
import { t } from "../text/index.ts";
import { Icon } from "../ui/icon.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Button } from "../ui/parts.tsx";
import { ProblemNote } from "../ui/say.tsx";
import { useAction, useLoaded } from "../use.ts";
import type { CaseProps } from "./case.tsx";
import { Refused } from "./offers.tsx";

const LESS = 0.6;
const STEP_MINOR = 100_000;
const LONGER = [12, 24, 36, 48, 60];
const INCOME_SHARE = new Set(["debt_service_too_high", "income_low", "savings_low", "expenses_high"]);
/** Reasons that a smaller amount or a longer term speaks to. */
const SIZE = new Set([...INCOME_SHARE, "amount_high", "amount_out_of_range", "party_limit_reached", "debt_high"]);

interface Way {
  amount_minor: number;
  tenor_months: number;
  title: string;
  quote: Quote;
}

export function Decline({ found, reload }: CaseProps) {
  const hasSize = [...found.reasons, ...found.not_offered.map((one) => ({ code: one.reason_code }))].some((one) =>
    SIZE.has(one.code),
  );
  const ways = useLoaded(() => (hasSize ? findWays(found) : Promise.resolve([])), [found.application]);
  const advice = useLoaded(() => api.advice(found.application), [found.application]);
  const [at, setAt] = useState(0);
  const ask = useAction(async (key) => {
    await api.askPerson(found.application, key);
    await reload();
  });
  const chosen = ways.data?.[at];
  const again = () => {
    if (chosen) {
      saveDraft({ product: found.product, amount_minor: chosen.amount_minor, tenor_months: chosen.tenor_months, basket: null });
      go("/apply/confirm");
    } else go("/");
  };
  return (
    <Page
      title={t.decline.title}
      backTo="/loans"
      footer={
        <>
          <ProblemNote problem={ask.problem} />
          <Button onClick={again}>
            {chosen ? t.decline.again(moneyRound(chosen.amount_minor)) : t.decline.againPlain}
          </Button>
          <Button kind="text" busy={ask.busy && t.decline.asking} onClick={() => void ask.run()}>
            <Icon name="people" />
            {t.decline.person}
          </Button>
        </>
      }
    >
      <Heading sub={t.decline.sub}>
        {t.decline.heading(moneyRound(found.amount_minor), found.tenor_months).map((line) => (
          <span class="phrase" key={line}>
            {line}{" "}
          </span>
        ))}
      </Heading>
      {found.reasons.length > 0 ? <Reasons list={found.reasons} /> : <p>{t.decline.noReasons}</p>}
      {advice.data && advice.data.changes.length > 0 && <Advised advice={advice.data} />}
      {ways.data && ways.data.length > 0 && <Ways list={ways.data} at={at} onPick={setAt} />}
      <Refused list={found.not_offered} isOpen={found.reasons.length === 0} />
    </Page>
  );
}

/** Strongest first. How strong is not known to the page, so it draws no bars. */
export function Reasons({ list, title = t.decline.reasons }: { list: Reason[]; title?: string }) {
  return (
    <section aria-labelledby="reasons">
      <h2 id="reasons">{title}</h2>
      <ol class="card reasons">
        {list.slice(0, 4).map((reason) => (
          <li key={reason.code}>{pick(reason, "text")}</li>
        ))}
      </ol>
    </section>
  );
}

/** Decided by the platform before it is said: with these changes this application gets offers. */
function Advised({ advice }: { advice: Advice }) {
  const shown = (field: string, value: number) =>
    field === "tenor_months" ? t.decline.months(value) : moneyRound(value);
  return (
    <section aria-labelledby="advice">
      <h2 id="advice">{t.decline.advice}</h2>
      <ul class="card advised">
        {advice.changes.map((one) => (
          <li key={one.field}>
            {t.decline.change(t.decline.fields[one.field], shown(one.field, one.now), shown(one.field, one.then))}
          </li>
        ))}
      </ul>
      <p class="hint">{t.decline.adviceBasis(advice.offers)}</p>
    </section>
  );
}

async function findWays(found: ApplicationHead): Promise<Way[]> {
  const list = await api.products();
  const product = list.find((one) => one.id === found.product);
  if (!product) return [];
  const less = Math.floor((found.amount_minor * LESS) / STEP_MINOR) * STEP_MINOR;
  const longer = LONGER.find((n) => n > found.tenor_months && product.tenors_months.includes(n));
  const wishes: { amount_minor: number; tenor_months: number; title: string }[] = [];
  if (less >= product.amount_min_minor) {
    wishes.push({ amount_minor: less, tenor_months: found.tenor_months, title: t.decline.less(found.tenor_months) });
  }
  if (longer) {
    wishes.push({ amount_minor: found.amount_minor, tenor_months: longer, title: t.decline.longer(longer) });
  }
  const ways = await Promise.all(
    wishes.map(async (wish) => ({ ...wish, quote: await api.quote(product.id, wish.amount_minor, wish.tenor_months) })),
  );
  return ways;
}

/** Quotes at the dearest price, so that nothing looks cheaper than it may become. */
function Ways({ list, at, onPick }: { list: Way[]; at: number; onPick(n: number): void }) {
  const income = draft().facts.income_minor;
  const costs = list.map((way) => t.decline.oneCost(way.tenor_months, money(way.quote.to.cost_minor)));
  return (
    <section aria-labelledby="ways">
      <h2 id="ways">{t.decline.differ}</h2>
      <div class="grid two ways" role="radiogroup" aria-labelledby="ways">
        {list.map((way, n) => (
          <label key={way.title} class={n === at ? "card on" : "card"}>
            <input type="radio" class="sr" name="way" checked={n === at} onChange={() => onPick(n)} />
            <span class="hint">{way.title}</span>
            <b class="figure">{moneyRound(way.amount_minor)}</b>
            <span>{t.decline.each(money(way.quote.to.instalment_minor))}</span>
            {typeof income === "number" && income > 0 && (
              <span>
                {t.decline.ofIncome} <b>{share(way.quote.to.instalment_minor, income)}</b>
              </span>
            )}
          </label>
        ))}
      </div>
      <p class="hint">{t.decline.basis(list[0]?.quote.to.irr12_percent ?? "", t.listed(costs))}</p>
    </section>
  );
}
