/** What can be trusted without trusting us: the verdict first, then its figures. */
import { count, moneyInTable, time } from "../../shared/format.ts";
import type { Live } from "../../shared/types.ts";
import { Card, Facts, Id, Verdict } from "../ui/parts.tsx";
import { live as words } from "./text.ts";

export function LedgerCard({ ledger }: { ledger: Live["ledger"] }) {
  const t = words();
  const isGood = ledger.differences === 0 && ledger.sum_minor === 0;
  return (
    <Card title={t.ledger} unit={t.ledgerUnit}>
      <Verdict kind={isGood ? "ok" : "bad"}>{isGood ? t.ledgerGood : t.ledgerBad(count(ledger.differences))}</Verdict>
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
  const t = words();
  const { root, checkpoint_at: at } = evidence;
  const isEmpty = evidence.size === 0;
  const verdict = isEmpty ? t.evidenceNone : evidence.verified ? t.evidenceGood : t.evidenceBad;
  return (
    <Card title={t.evidence} unit={t.evidenceUnit}>
      <Verdict kind={isEmpty || evidence.verified ? "ok" : "bad"}>{verdict}</Verdict>
      <Facts
        rows={[
          [t.size, count(evidence.size)],
          [t.root, root ? <Id value={root} /> : "—"],
          [t.checkpointAt, at ? time(at) : "—"],
        ]}
      />
    </Card>
  );
}

export function LoansCard({ loans, businessDate }: { loans: Live["loans"]; businessDate: string }) {
  const t = words();
  const isGood = loans.overdue === 0;
  return (
    <Card title={t.loans} unit={t.loansUnit}>
      <Verdict kind={isGood ? "ok" : "warn"}>{isGood ? t.loansGood : t.loansBad(count(loans.overdue))}</Verdict>
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
