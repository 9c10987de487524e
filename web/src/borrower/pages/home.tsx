/** See the price before anything: amount, term, monthly, cost, both yearly figures, their basis. */
import { useEffect, useState } from "preact/hooks";
import { money } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import type { Product, Quote } from "../../shared/types.ts";
import * as api from "../api.ts";
import { draft, saveDraft } from "../draft.ts";
import { go } from "../router.ts";
import { askToSignIn, isSignedIn } from "../session.ts";
import { t } from "../text/index.ts";
import { Amount } from "../ui/amount.tsx";
import { Choice } from "../ui/field.tsx";
import { Icon, type IconName } from "../ui/icon.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Button, Money, Skeleton } from "../ui/parts.tsx";
import { Note, ProblemNote } from "../ui/say.tsx";
import { useLoaded } from "../use.ts";

const QUIET_MS = 40; // one question a movement of the slider, well under the 100 ms of a good answer
const TENORS_SHOWN = 5;
const TENORS_LIKED = [12, 24, 36, 6, 3, 48, 60, 18];
const ICONS: Record<string, IconName> = {
  consumer_cash: "money",
  goods_instalment: "tag",
  home_improvement: "build",
  education_training: "book",
};

export function Home() {
  const list = useLoaded(api.products, []);
  return (
    <Page title={t.home.title} tab="home">
      <Heading>
        {t.home.promise.map((line) => (
          <span class="phrase" key={line}>
            {line}{" "}
          </span>
        ))}
      </Heading>
      {list.data ? (
        <Calculator products={list.data} />
      ) : list.problem ? (
        <ProblemNote problem={list.problem} retry={() => void list.reload()} />
      ) : (
        <Skeleton lines={5} tall />
      )}
    </Page>
  );
}

function Calculator({ products }: { products: Product[] }) {
  const [wish, setWish] = useState(draft);
  const product = products.find((one) => one.id === wish.product) ?? products[0];
  if (!product) return null;
  const amount = Math.min(Math.max(wish.amount_minor, product.amount_min_minor), product.amount_max_minor);
  const tenors = shownTenors(product.tenors_months, wish.tenor_months);
  const tenor = product.tenors_months.includes(wish.tenor_months) ? wish.tenor_months : (tenors[0] ?? 12);
  const change = (part: { product?: string; amount_minor?: number; tenor_months?: number }) => {
    saveDraft({ amount_minor: amount, tenor_months: tenor, product: product.id, basket: null, ...part });
    setWish(draft());
  };
  const start = () => {
    change({});
    if (isSignedIn()) go("/apply");
    else {
      go("/sign-in");
      askToSignIn("/apply");
    }
  };
  return (
    <>
      <section class="card calc" aria-label={t.home.howMuch}>
        <Amount
          low={product.amount_min_minor}
          high={product.amount_max_minor}
          value={amount}
          onChange={(minor) => change({ amount_minor: minor })}
        />
        <Choice
          look="segments"
          label={t.home.tenor}
          options={tenors.map((n) => [String(n), t.months(n)])}
          value={String(tenor)}
          onChange={(n) => change({ tenor_months: Number(n) })}
        />
        <Price product={product.id} amount={amount} tenor={tenor} />
      </section>
      <Button onClick={start}>{t.home.action}</Button>
      <p class="under">{t.home.note}</p>
      <p class="under">
        <a class="link" href="#/advise">
          {t.advise.open}
        </a>
      </p>
      <Products products={products} on={product.id} onPick={(id) => change({ product: id })} />
      <div class="centred">
        <Note>{t.home.whoLends}</Note>
      </div>
    </>
  );
}

/** At most five terms, the reader's own among them. */
function shownTenors(offered: number[], own: number): number[] {
  const liked = [own, ...TENORS_LIKED, ...offered].filter((n) => offered.includes(n));
  return [...new Set(liked)].slice(0, TENORS_SHOWN).sort((a, b) => a - b);
}

function Price({ product, amount, tenor }: { product: string; amount: number; tenor: number }) {
  const [quote, setQuote] = useState<Quote>();
  const [problem, setProblem] = useState<Problem>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        setQuote(await api.quote(product, amount, tenor, stop.signal));
        setProblem(undefined);
      } catch (error) {
        if (!stop.signal.aborted) setProblem(asProblem(error));
      }
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [product, amount, tenor, turn]);
  if (problem?.isRetryable) return <ProblemNote problem={problem} retry={() => setTurn(turn + 1)} />;
  if (problem) return <Note icon="info">{t.home.noQuote}</Note>;
  return (
    <div class="price" aria-live="polite">
      <dl class="three">
        <div>
          <dt>{t.home.monthly}</dt>
          <dd>{quote ? <Money minor={quote.from.instalment_minor} /> : "—"}</dd>
        </div>
        <div>
          <dt>{t.home.cost}</dt>
          <dd>{quote ? <Money minor={quote.from.cost_minor} /> : "—"}</dd>
        </div>
        <div>
          <dt>{t.home.yearly}</dt>
          <dd>{quote ? <b class="figure">{quote.from.irr12_percent}%</b> : "—"} <small>{t.home.from}</small></dd>
        </div>
      </dl>
      <p class="basis">
        {t.home.basis(tenor)}
        <br />
        {quote
          ? t.home.also(quote.from.effective_percent, money(quote.from.total_minor), quote.to.irr12_percent)
          : "\u00a0"}
      </p>
    </div>
  );
}

interface ProductsProps {
  products: Product[];
  on: string;
  onPick(id: string): void;
}

function Products({ products, on, onPick }: ProductsProps) {
  return (
    <section aria-labelledby="products">
      <h2 id="products">{t.home.products}</h2>
      <ul class="card rows">
        {products.map((one) => (
          <li key={one.id}>
            <button type="button" class="row-button" aria-pressed={one.id === on} onClick={() => onPick(one.id)}>
              <span class="tile">
                <Icon name={ICONS[one.id] ?? "tag"} />
              </span>
              <span class="grow">
                <b>{pick(one, "name")}</b>
                <span class="hint">{pick(one, "about")}</span>
              </span>
              <span class="example">
                {one.id === on ? (
                  <span class="chosen">
                    <Icon name="check" size={16} />
                    {t.home.chosen}
                  </span>
                ) : (
                  <b>{one.example.irr12_percent}%</b>
                )}
                <span class="hint">{t.home.example}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
