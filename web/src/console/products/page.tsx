/** Products, prices with their distance from the cap, price experiments with what they taught and their switch. */
import { useLoad, usePlatform } from "../platform.tsx";
import { usePlace } from "../router.ts";
import { moneyInTable, percentOf } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import type { Product } from "../../shared/types.ts";
import { text } from "../text.ts";
import { wordOf } from "../ui/cases.ts";
import { List, Tabs } from "../ui/list.tsx";
import { Badge, Empty, PageHead } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { t as lenders } from "../lenders/text.ts";
import type { Desk, Price, Program } from "../lenders/types.ts";
import { Experiments } from "./experiments.tsx";
import { t as words } from "./text.ts";
import "../desk/desk.css";
import "../lenders/lenders.css";

const SIDES = ["products", "prices", "experiments"] as const;

export default function ProductsPage() {
  const t = words();
  const { can } = usePlatform();
  const { query } = usePlace();
  const at = SIDES.find((one) => one === query.get("tab")) ?? "products";
  const desks = useLoad<{ items: Desk[] }>("/v1/lender-desks");
  const head = <Tabs label={t.tab} at={at} tabs={SIDES.map((one) => [one, t.tabs[one]])} />;
  return (
    <>
      <PageHead title={t.title} sub={t.sub} />
      {at === "products" && <Products head={head} desks={desks.data?.items ?? []} />}
      {at === "prices" && <Prices head={head} desks={desks} />}
      {at === "experiments" && <Experiments head={head} desks={desks.data?.items ?? []} mayPropose={can("POST /v1/operations/price-experiments")} />}
    </>
  );
}

interface Shown extends Product {
  lender_kinds: string[];
  method: string;
}

function Products({ head, desks }: { head: React.ReactNode; desks: Desk[] }) {
  const t = words();
  const frame = text();
  const kinds = lenders().kinds;
  const read = useLoad<{ items: Shown[] }>("/v1/products");
  const offering = (one: Shown) => desks.filter((desk) => desk.programs.some((program) => program.products.includes(one.id)));
  const columns: Column<Shown>[] = [
    { key: "name", title: t.productColumns.name, by: (one) => pick(one, "name"), cell: (one) => <b>{pick(one, "name")}</b>, plain: (one) => pick(one, "name") },
    { key: "amount", title: t.productColumns.amount, align: "end", by: (one) => one.amount_max_minor, cell: (one) => `${moneyInTable(one.amount_min_minor)} – ${moneyInTable(one.amount_max_minor)}` },
    { key: "tenors", title: t.productColumns.tenors, by: (one) => Math.max(...one.tenors_months), cell: (one) => t.months(Math.min(...one.tenors_months), Math.max(...one.tenors_months)) },
    { key: "kinds", title: t.productColumns.kinds, wraps: true, cell: (one) => one.lender_kinds.map((kind) => wordOf(kinds, kind)).join(frame.listed) },
    { key: "method", title: t.productColumns.method, by: (one) => one.method, cell: (one) => wordOf(t.methods, one.method) },
    { key: "example", title: t.productColumns.example, align: "end", by: (one) => Number(one.example.irr12_percent), cell: (one) => `${one.example.irr12_percent}%` },
    { key: "effective", title: t.productColumns.effective, align: "end", by: (one) => Number(one.example.effective_percent), cell: (one) => `${one.example.effective_percent}%` },
    { key: "lenders", title: t.productColumns.lenders, wraps: true, cell: (one) => offering(one).map((desk) => pick(desk, "name")).join(frame.listed) || "—" },
  ];
  return (
    <List
      screen="products"
      caption={t.tabs.products}
      head={head}
      rows={read.data?.items}
      problem={read.problem}
      onAgain={read.again}
      columns={columns}
      rowKey={(one) => one.id}
      choices={[{ key: "kind", title: t.productColumns.kinds, options: Object.entries(kinds), of: (one) => one.lender_kinds }]}
      empty={<Empty title={t.noProducts} />}
    />
  );
}

interface Cell {
  desk: Desk;
  program: Program;
  price: Price;
}

function Prices({ head, desks }: { head: React.ReactNode; desks: ReturnType<typeof useLoad<{ items: Desk[] }>> }) {
  const t = words();
  const rows = desks.data?.items.flatMap((desk) => desk.programs.flatMap((program) => program.prices.map((price) => ({ desk, program, price }))));
  const bands = [...new Set(rows?.map((one) => one.price.band))].sort();
  const columns: Column<Cell>[] = [
    { key: "lender", title: t.priceColumns.lender, by: (one) => pick(one.desk, "name"), cell: (one) => <b>{pick(one.desk, "name")}</b>, plain: (one) => pick(one.desk, "name") },
    { key: "program", title: t.priceColumns.program, by: (one) => one.program.code, cell: (one) => pick(one.program, "name") },
    { key: "band", title: t.priceColumns.band, align: "end", by: (one) => one.price.band, cell: (one) => one.price.band },
    { key: "tenor", title: t.priceColumns.tenor, align: "end", by: (one) => one.price.tenor_to_months, cell: (one) => one.price.tenor_to_months },
    { key: "rate", title: t.priceColumns.rate, align: "end", by: (one) => Number(one.price.rate_percent), cell: (one) => one.price.rate_percent },
    { key: "fee", title: t.priceColumns.fee, align: "end", by: (one) => one.price.fee_bps_monthly, cell: (one) => (one.price.fee_bps_monthly === 0 ? "—" : percentOf(one.price.fee_bps_monthly)) },
    { key: "irr12", title: t.priceColumns.irr12, align: "end", by: (one) => Number(one.price.irr12_percent), cell: (one) => <b>{one.price.irr12_percent}</b>, plain: (one) => one.price.irr12_percent },
    { key: "effective", title: t.priceColumns.effective, align: "end", by: (one) => Number(one.price.effective_percent), cell: (one) => one.price.effective_percent },
    {
      key: "cap",
      title: t.priceColumns.cap,
      by: marginOf,
      cell: (one) => <Badge kind={!one.price.is_within_cap ? "bad" : marginOf(one) < 1 ? "warn" : "ok"}>{capOf(one)}</Badge>,
      plain: capOf,
    },
  ];
  return (
    <>
      <List
        screen="prices"
        caption={t.tabs.prices}
        head={
          <>
            {head}
            <p className="hint pad">{t.priceNote}</p>
          </>
        }
        rows={rows}
        problem={desks.problem}
        onAgain={desks.again}
        columns={columns}
        rowKey={(one) => `${one.program.code} ${one.price.band} ${one.price.tenor_to_months}`}
        choices={[
          { key: "lender", title: t.priceColumns.lender, options: (desks.data?.items ?? []).map((one) => [one.lender, pick(one, "name")]), of: (one) => one.desk.lender },
          { key: "band", title: t.priceColumns.band, options: bands.map((one) => [String(one), String(one)]), of: (one) => String(one.price.band) },
        ]}
        empty={<Empty title={t.noPrices} />}
      />
    </>
  );
}

function marginOf(one: Cell): number {
  return Number(one.desk.cap_percent) - Number(one.price.irr12_percent);
}

function capOf(one: Cell): string {
  const t = words();
  return one.price.is_within_cap ? t.margin(marginOf(one).toFixed(2)) : t.above;
}
