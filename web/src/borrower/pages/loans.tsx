/** Every loan and every application, the ones that wait for the reader first. */
import { moneyRound } from "../../shared/format.ts";
import type { ApplicationHead, LoanHead } from "../../shared/types.ts";
import * as api from "../api.ts";
import { go } from "../router.ts";
import { lenderName, t } from "../text/index.ts";
import { Icon } from "../ui/icon.tsx";
import { Page } from "../ui/page.tsx";
import { Badge, Button, Money, Skeleton, type Status } from "../ui/parts.tsx";
import { Empty, ProblemNote } from "../ui/say.tsx";
import { useLoaded } from "../use.ts";

const STATUS: Record<string, Status> = {
  offers: "ok",
  declined: "muted",
  review: "person",
  accepted: "warn",
  cost_shown: "warn",
  cost_confirmed: "warn",
  agreement_ready: "warn",
  payout_failed: "bad",
  funded: "ok",
};
const OVER = new Set(["funded", "settled"]);
const DEAD = new Set(["settled", "expired", "cancelled", "declined"]);

export function Loans() {
  const loans = useLoaded(api.loans, []);
  const cases = useLoaded(api.applications, []);
  const lines = useLoaded(api.facilities, []);
  const open = cases.data?.items.filter((one) => !OVER.has(one.step));
  const isEmpty = loans.data?.items.length === 0 && open?.length === 0;
  const problem = loans.problem ?? cases.problem;
  const again = () => {
    void loans.reload();
    void cases.reload();
  };
  return (
    <Page title={t.loans.title} tab="loans" heading={t.loans.title}>
      <ProblemNote problem={problem} retry={again} />
      {!problem && !(loans.data && cases.data) && <Skeleton lines={4} />}
      {isEmpty && (
        <Empty title={t.loans.empty} note={t.loans.emptyNote}>
          <Button onClick={() => go("/")}>{t.loans.emptyAction}</Button>
        </Empty>
      )}
      {lines.data?.items.map((line) => (
        <a key={line.facility} class="card loan-card" href={`#/lines/${line.facility}`}>
          <span class="row">
            <b>{lenderName(line.lender)}</b>
            <Badge kind="info">{t.loans.line}</Badge>
          </span>
          <span class="row">
            <span class="hint">{t.loans.lineLeft}</span>
            <Money minor={line.standing.available_minor} />
          </span>
        </a>
      ))}
      {loans.data?.items.map((loan) => (
        <LoanCard key={loan.loan} loan={loan} />
      ))}
      {open && open.length > 0 && (
        <section aria-labelledby="cases">
          <h2 id="cases">{t.loans.cases}</h2>
          <ul class="card rows">
            {open.map((one) => (
              <li key={one.application}>
                <CaseRow found={one} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </Page>
  );
}

function LoanCard({ loan }: { loan: LoanHead }) {
  const isOver = loan.state === "settled";
  const kind: Status = isOver ? "muted" : loan.overdue_minor > 0 ? "bad" : "info";
  const word = isOver ? t.loans.ended : loan.overdue_minor > 0 ? t.loan.late(loan.dpd) : t.loans.live;
  return (
    <a class="card loan-card" href={`#/loans/${loan.loan}`}>
      <span class="row">
        <b>{lenderName(loan.lender)}</b>
        <Badge kind={kind}>{word}</Badge>
      </span>
      <span class="row">
        <span class="hint">{t.loan.left}</span>
        <Money minor={loan.outstanding_minor} />
      </span>
    </a>
  );
}

function CaseRow({ found }: { found: ApplicationHead }) {
  return (
    <a class="row-button" href={`#/a/${found.application}`}>
      <span class="grow">
        <b>
          {moneyRound(found.amount_minor)} · {t.months(found.tenor_months)}
        </b>
        <span class="hint id">{found.application}</span>
      </span>
      <Badge kind={STATUS[found.step] ?? (DEAD.has(found.step) ? "muted" : "wait")}>
        {t.loans.steps[found.step] ?? found.step}
      </Badge>
      <Icon name="right" size={16} />
    </a>
  );
}
