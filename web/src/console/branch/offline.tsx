/** A quote for the customer at the counter. Prices are kept on this tablet, so that it goes on without a network. */
import { Button, Input } from "antd";
import { useEffect, useState } from "react";
import { dateIso, money, parseMoney, time } from "../../shared/format.ts";
import { pick, read as readKept, write } from "../../shared/lang.ts";
import type { Product } from "../../shared/types.ts";
import { useLoad, usePlatform } from "../platform.tsx";
import { Field } from "../ui/field.tsx";
import { Badge, Card, Facts, Skeleton, Verdict } from "../ui/parts.tsx";
import { Select } from "../lists/form.tsx";
import { priceOf, reckon, type Price } from "./quote.ts";
import { t as words } from "./text.ts";

const KEPT = "tongtu.branch.prices";
const EXAMPLE_MINOR = 3_000_000;
const PRODUCT = "consumer_cash";

interface Quoted {
  from: { instalment_minor: number; rate_percent: string };
  to: { instalment_minor: number; rate_percent: string };
}

interface Prices {
  at: string;
  product: { name_zh: string; name_en: string; amount_min_minor: number; amount_max_minor: number };
  /** Lowest and highest price by term. */
  terms: Record<string, [Price, Price]>;
}

function kept(): Prices | undefined {
  try {
    return JSON.parse(readKept(KEPT) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

export function useOnline(): boolean {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return isOnline;
}

/** Fetches each term's lowest and highest price once, and keeps them with their instant. */
function usePrices(): Prices | undefined {
  const { http } = usePlatform();
  const [prices, setPrices] = useState(kept);
  const products = useLoad<{ items: Product[] }>("/v1/products");
  useEffect(() => {
    const product = products.data?.items.find((one) => one.id === PRODUCT);
    if (!product) return;
    let isGone = false;
    const ask = async (term: number): Promise<[string, [Price, Price]] | undefined> => {
      const body = { product: product.id, amount_minor: EXAMPLE_MINOR, tenor_months: term };
      try {
        const found = await http.json<Quoted>("/v1/quotes", { method: "POST", body });
        return [String(term), [priceOf(EXAMPLE_MINOR, term, found.from), priceOf(EXAMPLE_MINOR, term, found.to)]];
      } catch {
        return undefined; // A term that nobody lends for, or no network: what is kept stays.
      }
    };
    void Promise.all(product.tenors_months.map(ask)).then((found) => {
      const terms = Object.fromEntries(found.filter((one) => one !== undefined));
      if (isGone || Object.keys(terms).length === 0) return;
      const { name_zh, name_en, amount_min_minor, amount_max_minor } = product;
      const fresh = { at: new Date().toISOString(), product: { name_zh, name_en, amount_min_minor, amount_max_minor }, terms };
      write(KEPT, JSON.stringify(fresh));
      setPrices(fresh);
    });
    return () => {
      isGone = true;
    };
  }, [http, products.data]);
  return prices;
}

export function OfflineQuote({ isOnline }: { isOnline: boolean }) {
  const t = words();
  const prices = usePrices();
  const [amount, setAmount] = useState("30000");
  const [term, setTerm] = useState("12");
  if (!prices) {
    return (
      <Card title={t.quote}>
        {isOnline ? <Skeleton rows={4} /> : <p className="hint">{t.noPrices}</p>}
      </Card>
    );
  }
  const minor = parseMoney(amount);
  const { product } = prices;
  const isWithin = typeof minor === "number" && minor >= product.amount_min_minor && minor <= product.amount_max_minor;
  const pair = prices.terms[term];
  const sides = isWithin && pair ? pair.map((price) => reckon(minor, Number(term), price)) : [];
  const range = (of: (one: ReturnType<typeof reckon>) => number) => sides.map((one) => money(of(one))).join(" – ");
  const yearly = pair?.map((price) => (price.fee_bps === 0 ? `${(price.rate_bps / 100).toFixed(2)}%` : t.withFee((price.rate_bps / 100).toFixed(2), (price.fee_bps / 100).toFixed(2)))).join(" – ");
  return (
    <Card title={t.quote} unit={pick(product, "name")} aside={<Badge kind={isOnline ? "ok" : "warn"}>{isOnline ? t.online : t.offline}</Badge>}>
      {!isOnline && <Verdict kind="warn">{t.offlineSub}</Verdict>}
      <div className="quote-fields">
        <Field label={t.amount} error={isWithin ? undefined : t.amountRange(money(product.amount_min_minor), money(product.amount_max_minor))}>
          {(own) => <Input {...own} inputMode="decimal" value={amount} maxLength={10} onChange={(event) => setAmount(event.target.value)} />}
        </Field>
        <Field label={t.term}>
          {(own) => <Select own={own} value={term} options={Object.fromEntries(Object.keys(prices.terms).map((one) => [one, t.months(one)]))} onChange={setTerm} />}
        </Field>
      </div>
      {sides.length > 0 && (
        <div aria-live="polite">
          <p className="big-figure">{range((one) => one.instalment_minor)}</p>
          <Facts
            rows={[
              [t.cost, range((one) => one.cost_minor)],
              [t.total, range((one) => one.total_minor)],
              [t.yearly, yearly],
            ]}
          />
        </div>
      )}
      <p className="hint">{t.quoteBasis(`${dateIso(prices.at)} ${time(prices.at).slice(0, 5)}`)}</p>
      <Button onClick={() => print()}>{t.printQuote}</Button>
    </Card>
  );
}
