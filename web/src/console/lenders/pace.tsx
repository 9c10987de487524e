/** What was paid out of a day's quota by hour, beside what the pace makes ready. */
import { lazy, Suspense } from "react";
import { count, moneyInTable, time } from "../../shared/format.ts";
import { text } from "../text.ts";
import { Frame } from "../ui/parts.tsx";
import { DataTable } from "../ui/table.tsx";
import { t as words } from "./text.ts";
import { dayOf, type Desk } from "./types.ts";

const Lines = lazy(() => import("../live/lines.tsx").then((found) => ({ default: found.Lines })));
const HOURS = 24;
const PPM = 1_000_000;
/** Fen in ten thousand yuan. */
const WAN = 1_000_000;
const HOUR_MS = 3_600_000;

export function Pace({ desk }: { desk: Desk }) {
  const t = words();
  const began = Date.parse(`${desk.business_date}T00:00:00+08:00`);
  const at = Array.from({ length: HOURS + 1 }, (_, n) => new Date(began + n * HOUR_MS).toISOString());
  const limit = dayOf(desk).limit_minor;
  const now = (desk.elapsed_ppm / PPM) * HOURS;
  const plan = at.map((_, n) => ready(desk, n / HOURS));
  const actual = at.map((when, n) => (n > Math.ceil(now) ? null : paidBefore(desk, n > now ? Infinity : Date.parse(when))));
  const paid = paidBefore(desk, Infinity);
  const wan = (minor: number) => Math.round((minor / WAN) * 100) / 100;
  const pace = desk.programs.find((one) => one.pace_ppm !== null)?.pace_ppm;
  return (
    <Frame
      title={t.pace}
      unit={t.paceUnit}
      finding={t.paceFinding(String(wan(paid)), String(wan(ready(desk, desk.elapsed_ppm / PPM))))}
      chart={
        <>
          <Suspense fallback={<p className="hint">{text().loading}</p>}>
            <Lines
              clock={5}
              at={at}
              lines={[
                { name: t.actual, values: actual.map((one) => (one === null ? null : wan(one))), colour: 1, dash: "solid" },
                ...(limit > 0 ? [{ name: t.plan, values: plan.map(wan), colour: 2, dash: "dashed" } as const] : []),
              ]}
            />
          </Suspense>
          <p className="hint">{pace === undefined || pace === null ? t.paceAll : t.paceSub(Math.round((100 * pace) / PPM))}</p>
        </>
      }
      table={() => (
        <DataTable
          caption={t.pace}
          rows={at.map((when, n) => ({ when, plan: plan[n] ?? 0, actual: actual[n] ?? null }))}
          rowKey={(one) => one.when}
          empty={null}
          columns={[
            { key: "at", title: t.hour, cell: (one) => time(one.when).slice(0, 5) },
            { key: "actual", title: t.actual, align: "end", cell: (one) => (one.actual === null ? "—" : moneyInTable(one.actual)) },
            { key: "plan", title: t.plan, align: "end", cell: (one) => count(Math.round(one.plan / 100)) },
          ]}
        />
      )}
    />
  );
}

/** Of the day's quota, what is ready when so much of the day is over. */
function ready(desk: Desk, over: number): number {
  return desk.programs.reduce((sum, one) => {
    const first = one.pace_ppm === null ? 1 : one.pace_ppm / PPM;
    return sum + one.day.limit_minor * (first + (1 - first) * over);
  }, 0);
}

function paidBefore(desk: Desk, instant: number): number {
  return desk.paid.filter((one) => Date.parse(one.hour) < instant).reduce((sum, one) => sum + one.amount_minor, 0);
}
