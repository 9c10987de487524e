/** Every lender's answer, offers in the order the person saw them, then who said no and why. */
import { moneyInTable } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { useLoad } from "../platform.tsx";
import { Badge, Card, Empty, Read } from "../ui/parts.tsx";
import { DataTable, type Column } from "../ui/table.tsx";
import { t as words } from "./text.ts";
import type { Route, Routes } from "./types.ts";

export function LendersCard({ id }: { id: string }) {
  const t = words();
  const read = useLoad<Routes>(`/v1/decisions/${id}/lenders`);
  return (
    <Card title={t.offers} unit={t.offersUnit} className="flush">
      <Read of={read} rows={5}>
        {(routes) => (
          <DataTable caption={t.offers} rows={routes.lenders} columns={columnsOf()} rowKey={(one) => one.lender} empty={<Empty title={t.noLender} />} />
        )}
      </Read>
    </Card>
  );
}

function columnsOf(): Column<Route>[] {
  const t = words();
  return [
    { key: "lender", title: t.lender, cell: (one) => <b>{pick(one, "name") || one.lender}</b> },
    { key: "simple", title: t.simple, align: "end", cell: (one) => one.irr12_percent ?? "—" },
    { key: "effective", title: t.effective, align: "end", cell: (one) => one.effective_percent ?? "—" },
    { key: "cost", title: t.cost, align: "end", cell: (one) => (one.cost_minor === null ? "—" : moneyInTable(one.cost_minor)) },
    { key: "said", title: t.said, wraps: true, cell: (one) => <Said route={one} /> },
  ];
}

function Said({ route }: { route: Route }) {
  const t = words();
  if (route.reason_code !== null) {
    return (
      <span className="said">
        <Badge kind="muted">{t.refused}</Badge> {pick({ reason_zh: route.reason_zh ?? "", reason_en: route.reason_en ?? "" }, "reason")}
      </span>
    );
  }
  if (route.is_taken) return <Badge kind="ok">{t.taken}</Badge>;
  return route.is_recommended ? <Badge kind="info">{t.recommended}</Badge> : <Badge kind="muted">{t.notTaken}</Badge>;
}
