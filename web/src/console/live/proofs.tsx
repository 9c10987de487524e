/** What can be trusted without trusting us: the verdict first, then its figures. */
import { Button } from "antd";
import { useState } from "react";
import { count, moneyInTable, time } from "../../shared/format.ts";
import type { Live } from "../../shared/types.ts";
import { text } from "../text.ts";
import { Card, Facts } from "./parts.tsx";

function Verdict({ isGood, children }: { isGood: boolean; children: string }) {
  return (
    <p className={isGood ? "verdict" : "verdict bad"}>
      <i className="mark" aria-hidden="true" />
      <b>{children}</b>
    </p>
  );
}

export function LedgerCard({ ledger }: { ledger: Live["ledger"] }) {
  const t = text();
  const isGood = ledger.differences === 0 && ledger.sum_minor === 0;
  return (
    <Card title={t.ledger} unit={t.ledgerUnit}>
      <Verdict isGood={isGood}>{isGood ? t.ledgerGood : t.ledgerBad(count(ledger.differences))}</Verdict>
      <Facts
        rows={[
          [t.sum, moneyInTable(ledger.sum_minor)],
          [t.differences, count(ledger.differences)],
          [t.accounts, count(ledger.accounts)],
          [t.transfers, count(ledger.transfers)],
          [t.checkedAt, time(ledger.checked_at)],
        ]}
      />
    </Card>
  );
}

export function EvidenceCard({ evidence }: { evidence: Live["evidence"] }) {
  const t = text();
  const { root, checkpoint_at: at } = evidence;
  const isEmpty = evidence.size === 0;
  const verdict = isEmpty ? t.evidenceNone : evidence.verified ? t.evidenceGood : t.evidenceBad;
  return (
    <Card title={t.evidence} unit={t.evidenceUnit}>
      <Verdict isGood={isEmpty || evidence.verified}>{verdict}</Verdict>
      <Facts
        rows={[
          [t.size, count(evidence.size)],
          [t.root, root ? <Copied key="root" value={root} /> : "—"],
          [t.checkpointAt, at ? time(at) : "—"],
        ]}
      />
    </Card>
  );
}

/** An id in mono; a click copies the whole. */
function Copied({ value }: { value: string }) {
  const t = text();
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    // The clipboard needs a secure context; the whole value stands in the title all the same.
    await navigator.clipboard?.writeText(value).then(() => setDone(true), () => undefined);
  };
  return (
    <span className="mono" title={value}>
      {value.slice(0, 8)} {value.slice(8, 16)} … {value.slice(-8)}
      <Button type="link" size="small" onClick={() => void copy()}>
        {isDone ? t.copied : t.copy}
      </Button>
    </span>
  );
}

export function LoansCard({ loans, businessDate }: { loans: Live["loans"]; businessDate: string }) {
  const t = text();
  const isGood = loans.overdue === 0;
  return (
    <Card title={t.loans} unit={t.loansUnit}>
      <p className={isGood ? "verdict" : "verdict warn"}>
        <i className="mark" aria-hidden="true" />
        <b>{isGood ? t.loansGood : t.loansBad(count(loans.overdue))}</b>
      </p>
      <Facts
        rows={[
          [t.liveLoans, count(loans.live)],
          [t.outstanding, moneyInTable(loans.outstanding_minor)],
          [t.repaid, moneyInTable(loans.repaid_minor)],
          [t.overdue, count(loans.overdue)],
          [t.businessDate, businessDate],
        ]}
      />
    </Card>
  );
}
