/** What would have got offers: decided by the engine of that day before it is said. */
import { moneyInTable } from "../../shared/format.ts";
import type { Advice } from "../../shared/types.ts";
import { useLoad } from "../platform.tsx";
import { wordOf } from "../ui/cases.ts";
import { Card, Facts, Read } from "../ui/parts.tsx";
import { t as words } from "./text.ts";

export function AdviceCard({ id }: { id: string }) {
  const t = words();
  const read = useLoad<Advice>(`/v1/decisions/${id}/advice`);
  return (
    <Card title={t.advice} unit={read.data && read.data.offers > 0 ? t.adviceOffers(read.data.offers) : ""}>
      <Read of={read} rows={2}>
        {(advice) =>
          advice.changes.length === 0 ? (
            <p className="hint">{t.adviceNone}</p>
          ) : (
            <Facts
              rows={advice.changes.map((one) => [
                wordOf(t.fields, one.field),
                <span key={one.field}>
                  <s>{shown(one.field, one.now)}</s> → <b>{shown(one.field, one.then)}</b>
                </span>,
              ])}
            />
          )
        }
      </Read>
    </Card>
  );
}

function shown(field: string, value: number): string {
  return field === "tenor_months" ? words().months(value) : moneyInTable(value);
}
