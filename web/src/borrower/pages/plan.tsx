/** The repayment plan, and the formula behind each of its cents. */
import { useState } from "preact/hooks";
import { money, moneyInTable, percentOf } from "../../shared/format.ts";
import type { Instalment, Loan } from "../../shared/types.ts";
import { t } from "../text/index.ts";
import { Badge, Money } from "../ui/parts.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { dueBadge } from "./loan.tsx";

const AROUND = 4;

interface PlanProps {
  loan: Loan;
  next: Instalment | undefined;
  today: string;
  onFormula(): void;
}

export function Plan({ loan, next, today, onFormula }: PlanProps) {
  const [isAll, setAll] = useState(false);
  const rows = isAll ? loan.schedule : around(loan.schedule, next);
  const sum = loan.schedule.reduce((total, row) => total + row.total_minor, 0);
  return (
    <section class="card rows plan" aria-labelledby="plan">
      <div class="rows-head">
        <h2 id="plan">{t.loan.plan}</h2>
        <button type="button" class="link" onClick={onFormula}>
          {t.loan.how}
        </button>
      </div>
      <ol>
        {rows.map((row) => (
          <Row key={row.nr} today={today} row={row} isNext={row.nr === next?.nr} />
        ))}
      </ol>
      {isAll && (
        <p class="row rows-item">
          <b>{t.loan.sum}</b>
          <Money minor={sum} size="s" />
        </p>
      )}
      {loan.schedule.length > AROUND && (
        <button type="button" class="link wide" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          {isAll ? t.loan.fewer : t.loan.all(loan.schedule.length)}
        </button>
      )}
    </section>
  );
}

/** The one before the next, the next, and two after it. */
function around(rows: Instalment[], next: Instalment | undefined): Instalment[] {
  const at = next ? rows.indexOf(next) : rows.length - 1;
  const from = Math.max(0, Math.min(at - 1, rows.length - AROUND));
  return rows.slice(from, from + AROUND);
}

function Row({ today, row, isNext }: { today: string; row: Instalment; isNext: boolean }) {
  const isPaid = row.state === "paid";
  const badge = dueBadge(today, row, true);
  return (
    <li class={isNext ? "plan-row next" : "plan-row"}>
      <span class="nr">{String(row.nr).padStart(2, "0")}</span>
      <span class="grow">
        <span class="when">
          <time dateTime={row.due_date}>{row.due_date}</time>
          {isPaid && <Badge kind="ok">{t.loan.paidBadge}</Badge>}
          {!isPaid && (isNext || badge.kind === "bad") && <Badge kind={badge.kind}>{badge.word}</Badge>}
        </span>
        <span class="hint">
          {t.loan.split(moneyInTable(row.principal_minor), moneyInTable(row.interest_minor))}
          {row.fee_minor > 0 && t.loan.plusFee(moneyInTable(row.fee_minor))}
        </span>
      </span>
      <Money minor={row.total_minor} size="s" />
    </li>
  );
}

/** The sum itself beside the plan's own figure; the first period and the last may differ by days. */
export function FormulaSheet({ loan, onClose }: { loan: Loan; onClose(): void }) {
  const rate = percentOf(loan.rate_bps);
  let left = loan.principal_minor;
  return (
    <Sheet title={t.loan.how} onClose={onClose}>
      <p>{t.loan.formula}</p>
      <ol class="formula">
        {loan.schedule.map((row) => {
          const before = left;
          left -= row.principal_minor;
          return (
            <li key={row.nr}>
              {t.loan.formulaLine(money(before), rate, money(row.interest_minor))}
            </li>
          );
        })}
      </ol>
      <p class="hint">{t.loan.formulaNote}</p>
    </Sheet>
  );
}
