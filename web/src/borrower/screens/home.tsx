import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../../shared/api";
import { english, pick } from "../../shared/language";
import { grouped, readYuan, split } from "../../shared/money";
import { Deck, Icon, Money } from "../../shared/parts";
import type { Product, Quotes } from "../../shared/types";
import { changeTerms } from "../case";
import { go } from "../route";
import { Bar, Button, Tabs, Trouble, useCase, useLoad } from "../ui";
import { say } from "../words";

export const TENORS = [3, 6, 12, 24, 36];
const MIN = 100_000;
const MAX = 20_000_000;
// The scale is denser at small sums: steps of 100 yuan below 10,000, then of 1,000.
const FINE = 90;
const STEPS = FINE + 190;
const amountAt = (step: number): number => (step <= FINE ? MIN + step * 10_000 : 1_000_000 + (step - FINE) * 100_000);
const stepOf = (amount: number): number =>
  Math.round(amount <= 1_000_000 ? (amount - MIN) / 10_000 : FINE + (amount - 1_000_000) / 100_000);

export function Home(): JSX.Element {
  const { token } = useCase();
  const [typing, setTyping] = useState(false);
  return (
    <div class="page with-tabs">
      <Bar />
      <main>
        <h1 class="promise">{english() ? say("home_title") : <>先看清全部成本，<br />再决定借不借。</>}</h1>
        <Calculator typing={typing} setTyping={setTyping} />
        <div class="act">
          <Button onClick={() => !typing && go(token ? "identity" : "sign-in")} disabled={typing}>{say("see_offers")}</Button>
          <p class="note centred">{say("no_bureau")}</p>
        </div>
        <Products />
        <p class="note centred with-icon"><Icon name="shield" />{say("licensed")}</p>
      </main>
      <Tabs on="home" />
    </div>
  );
}

function Calculator({ typing, setTyping }: { typing: boolean; setTyping: (on: boolean) => void }): JSX.Element {
  const { amount, tenor } = useCase();
  const step = stepOf(amount);
  const page = (event: KeyboardEvent): void => {
    const by = event.key === "PageUp" ? 10 : event.key === "PageDown" ? -10 : 0;
    if (!by) return;
    event.preventDefault();
    changeTerms({ amount: amountAt(Math.max(0, Math.min(STEPS, step + by))) });
  };
  return (
    <section class="card calculator">
      <div class="row">
        <label for="amount">{say("amount")}</label>
        <span class="caption figures">¥{grouped(MIN / 100)} – ¥{grouped(MAX / 100)}</span>
      </div>
      {typing ? <TypedAmount amount={amount} done={() => setTyping(false)} /> : (
        <div class="row amount-row">
          <output for="amount" class="display figures"><span class="currency">¥</span>{split(amount).whole}</output>
          <button type="button" class="link" onClick={() => setTyping(true)}>{say("type_amount")}</button>
        </div>
      )}
      <div class="slider">
        <Deck part={step / STEPS} />
        <input id={typing ? "amount-slider" : "amount"} type="range" min={0} max={STEPS} step={1} value={step} disabled={typing}
          aria-label={say("amount")} aria-valuetext={`¥${split(amount).whole}`} onKeyDown={page}
          onInput={(event) => changeTerms({ amount: amountAt(Number(event.currentTarget.value)) })} />
      </div>
      <fieldset class="segments">
        <legend class="unseen">{say("term")}</legend>
        {TENORS.map((n) => (
          <label key={n}>
            <input type="radio" name="tenor" checked={n === tenor} onChange={() => changeTerms({ tenor: n })} />
            <span>{english() ? n : say("months", { n })}{english() && <span class="unseen"> months</span>}</span>
          </label>
        ))}
      </fieldset>
      <QuoteRow amount={amount} tenor={tenor} />
    </section>
  );
}

function TypedAmount({ amount, done }: { amount: number; done: () => void }): JSX.Element {
  const [text, setText] = useState(grouped(amount / 100));
  const [wrong, setWrong] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const take = (event: Event): void => {
    event.preventDefault();
    const read = readYuan(text);
    const isGood = read !== null && read >= MIN && read <= MAX;
    setWrong(!isGood);
    if (isGood) {
      changeTerms({ amount: Math.round(read / 10_000) * 10_000 });
      done();
    } else field.current?.focus();
  };
  return (
    <form class={wrong ? "typed field wrong" : "typed field"} onSubmit={take}>
      <div class="row amount-row">
        <span class="display figures"><span class="currency">¥</span>
          <input ref={field} id="amount" inputMode="numeric" value={text} aria-invalid={wrong ? "true" : undefined}
            aria-describedby="amount-said" maxLength={10} onInput={(event) => setText(event.currentTarget.value)} />
        </span>
        <button type="submit" class="link">{say("use_slider")}</button>
      </div>
      <p id="amount-said" class="hint">{wrong ? say("amount_bounds") : ""}</p>
    </form>
  );
}

function QuoteRow({ amount, tenor }: { amount: number; tenor: number }): JSX.Element {
  const [quotes, setQuotes] = useState<Quotes | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const later = setTimeout(() => {
      ask<Quotes>("/v1/quotes", {
        method: "POST", signal: stop.signal, body: { amount_minor: amount, tenor_months: tenor, product: "consumer_cash" },
      }).then((found) => (setQuotes(found), setError(null)), (cause: Error) => cause.name !== "AbortError" && setError(cause));
    }, 60);
    return () => {
      clearTimeout(later);
      stop.abort();
    };
  }, [amount, tenor, turn]);
  if (error) return <Trouble error={error} retry={() => setTurn(turn + 1)} />;
  const low = quotes?.from;
  return (
    <div class="quote" aria-live="polite">
      <dl class="three">
        <div><dt>{say("monthly_about")}</dt><dd>{low ? <Money minor={low.instalment_minor} /> : "—"}</dd></div>
        <div><dt>{say("interest_and_fees")}</dt><dd>{low ? <Money minor={low.cost_minor} /> : "—"}</dd></div>
        <div><dt>{say("yearly_cost")}</dt><dd class="figures">{low ? <>{low.irr12_percent}% <span class="caption">{say("from")}</span></> : "—"}</dd></div>
      </dl>
      <p class="row total"><span>{say("total_back")}</span><span>{low ? <Money minor={low.total_minor} /> : "—"}</span></p>
      <p class="caption basis">{say("basis", { n: tenor, e: low?.effective_percent ?? "—", h: quotes?.to.irr12_percent ?? "—" })}</p>
    </div>
  );
}

const ICON_OF: Record<string, "card" | "tag" | "home" | "file"> = {
  consumer_cash: "card", goods_instalment: "tag", home_improvement: "home", education_training: "file",
};

function Products(): JSX.Element | null {
  const { value } = useLoad(() => ask<{ items: Product[] }>("/v1/products"), []);
  if (!value) return null;
  return (
    <section>
      <h2>{say("for_you")}</h2>
      <ul class="card list">
        {value.items.map((product) => (
          <li key={product.id}>
            <span class="well"><Icon name={ICON_OF[product.id] ?? "tag"} /></span>
            <div class="grow">
              <strong>{pick(product, "name")}</strong>
              <p class="caption">{pick(product, "about")}</p>
            </div>
            {product.example?.irr12_percent && (
              <div class="right"><strong class="figures">{product.example.irr12_percent}%</strong><p class="caption">{say("simple_from")}</p></div>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
