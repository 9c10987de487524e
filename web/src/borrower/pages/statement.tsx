/** What came in and went out of a loan, and what was owed before and after. */
import { money } from "../../shared/format.ts";
import type { Statement } from "../../shared/types.ts";
import { t } from "../text/index.ts";
import { Money } from "../ui/parts.tsx";
import { Sheet } from "../ui/sheet.tsx";

export function StatementSheet({ found, onClose }: { found: Statement; onClose(): void }) {
  const sums: [string, number][] = [
    [t.statement.opening(found.opened_on), found.opening_minor],
    [t.statement.lent, found.lent_minor],
    [t.statement.claimed, found.claimed_minor],
    [t.statement.received, -found.received_minor],
    [t.statement.closing(found.closed_on), found.closing_minor],
  ];
  return (
    <Sheet title={t.statement.title} onClose={onClose}>
      <dl class="sides">
        {sums.map(([word, minor]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>
              <Money minor={minor} size="s" />
            </dd>
          </div>
        ))}
      </dl>
      <ol class="formula">
        {found.lines.map((line) => (
          <li key={line.seq}>
            <span class="when">
              <time dateTime={line.date}>{line.date}</time> {t.loan.kinds[line.kind] ?? line.kind}
            </span>
            <Money minor={line.amount_minor} size="s" />
            <span class="hint">{t.statement.left(money(line.outstanding_minor))}</span>
          </li>
        ))}
      </ol>
    </Sheet>
  );
}
