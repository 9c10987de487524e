/** Pay and plan: what is next, what is left, every instalment, and how each cent comes about. */
import { useState } from "preact/hooks";
import { dateInWords, daysBetween, money, time } from "../../shared/format.ts";
import type { Instalment, Loan, Statement, Withdrawal } from "../../shared/types.ts";
import * as api from "../api.ts";
import { openFile } from "../open.ts";
import { lenderName, t } from "../text/index.ts";
import { Instalments } from "../ui/deck.tsx";
import { Icon } from "../ui/icon.tsx";
import { Page } from "../ui/page.tsx";
import { Badge, Button, Money, Skeleton, type Status } from "../ui/parts.tsx";
import { Note, ProblemNote, toast } from "../ui/say.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useAction, useEvery, useLoaded } from "../use.ts";
import { FormulaSheet, Plan } from "./plan.tsx";
import { StatementSheet } from "./statement.tsx";
import { VerifySheet } from "./verify-sheet.tsx";
import { WithdrawCard, WithdrawSheet } from "./withdraw.tsx";

const ASK_MS = 1_000;
const SOON_DAYS = 1;

export function LoanHome({ id }: { id: string }) {
  const found = useLoaded(() => load(id), [id]);
  const at = found.at ? time(found.at).slice(0, 5) : "";
  return (
    <Page title={t.loans.title} tab="loans" heading={t.loans.title} at={at}>
      <ProblemNote problem={found.problem} retry={() => void found.reload()} />
      {found.data ? (
        <Body {...found.data} reload={found.reload} />
      ) : (
        !found.problem && (
          <>
            <Skeleton lines={4} tall />
            <Skeleton lines={3} />
          </>
        )
      )}
    </Page>
  );
}

/** A loan with the platform's day and with its yearly cost, which stands in its table of costs. */
interface Shown {
  loan: Loan;
  statement: Statement;
  yearly: string;
  withdrawal: Withdrawal;
}

async function load(id: string): Promise<Shown> {
  const [loan, statement, withdrawal] = await Promise.all([api.loan(id), api.statement(id), api.withdrawalOf(id)]);
  // The paper names the offer, for a loan and for a draw of a line alike; of one taken over it lies elsewhere.
  const offer = withdrawal.refusal === "no_paper_here" ? "" : (await api.agreement(loan.agreement)).offer;
  const yearly = offer && (await api.costTable(offer)).irr12_percent;
  return { loan, statement, yearly, withdrawal };
}

function Body({ loan, statement, yearly, withdrawal, reload }: Shown & { reload(): Promise<void> }) {
  const [sheet, setSheet] = useState<"" | "pay" | "formula" | "verify" | "withdraw" | "statement">("");
  const today = statement.as_of;
  const open = useAction(async () => openFile(loan.agreement));
  const close = () => setSheet("");
  const paid = loan.schedule.filter((row) => row.state === "paid");
  const next = loan.schedule.find((row) => row.state !== "paid");
  const of = loan.schedule.length;
  const lender = lenderName(loan.lender);
  return (
    <>
      <NextDue loan={loan} next={next} today={today} onPay={() => setSheet("pay")} />
      <section class="card">
        <dl class="sides">
          <div>
            <dt>{t.loan.left}</dt>
            <dd>
              <Money minor={loan.outstanding_minor} />
            </dd>
          </div>
          <div>
            <dt>{t.loan.interestPaid}</dt>
            <dd>
              <Money minor={loan.interest_paid_minor} />
            </dd>
          </div>
        </dl>
        <Instalments paid={paid.length} of={of} label={t.loan.progressLabel(paid.length, of)} />
        <p class="row hint">
          <span>{t.loan.terms(lender, yearly)}</span>
          <span>{t.loan.progress(paid.length, of)}</span>
        </p>
      </section>
      <Plan loan={loan} next={next} today={today} onFormula={() => setSheet("formula")} />
      {loan.owed_back_minor > 0 && <Note icon="info">{t.loan.owedBack(money(loan.owed_back_minor))}</Note>}
      {next && (
        <div class="doors">
          <a class="tool" href={`#/loans/${loan.loan}/early`}>
            <Icon name="money" />
            {t.loan.early}
          </a>
          <a class="tool" href={`#/loans/${loan.loan}/relief`}>
            <Icon name="clock" />
            {t.loan.relief}
          </a>
        </div>
      )}
      <WithdrawCard found={withdrawal} onOpen={() => setSheet("withdraw")} />
      <div class="doors">
        <button type="button" class="tool" onClick={() => void open.run()}>
          <Icon name="doc" />
          {t.loan.contract}
        </button>
        <button type="button" class="tool" onClick={() => setSheet("statement")}>
          <Icon name="doc" />
          {t.statement.title}
        </button>
        <button type="button" class="tool" onClick={() => setSheet("verify")}>
          <Icon name="shield" />
          {t.loan.verify}
        </button>
      </div>
      <ProblemNote problem={open.problem} />
      {sheet === "pay" && next && <PaySheet loan={loan} next={next} reload={reload} onClose={close} />}
      {sheet === "withdraw" && <WithdrawSheet found={withdrawal} reload={reload} onClose={close} />}
      {sheet === "statement" && <StatementSheet found={statement} onClose={close} />}
      {sheet === "formula" && <FormulaSheet loan={loan} onClose={close} />}
      {sheet === "verify" && <VerifySheet agreement={loan.agreement} onClose={close} />}
    </>
  );
}

export function dueBadge(today: string, row: Instalment, isAfter = false): { kind: Status; word: string } {
  const left = daysBetween(today, row.due_date);
  if (left < 0) return { kind: "bad", word: t.loan.late(-left) };
  const kind = left <= SOON_DAYS ? "warn" : "wait";
  return { kind, word: isAfter ? t.loan.daysAfter(left) : t.loan.daysLeft(left) };
}

interface NextProps {
  loan: Loan;
  next: Instalment | undefined;
  today: string;
  onPay(): void;
}

function NextDue({ loan, next, today, onPay }: NextProps) {
  if (!next) {
    return (
      <section class="card due">
        <p class="row">
          <span>{t.loan.settledNote}</span>
          <Badge kind="muted">{t.loan.settled}</Badge>
        </p>
      </section>
    );
  }
  const badge = dueBadge(today, next);
  return (
    <section class="card due">
      <p class="row">
        <span>{t.loan.due(next.nr, dateInWords(next.due_date, true))}</span>
        <Badge kind={badge.kind}>{badge.word}</Badge>
      </p>
      <Money minor={dueNow(loan, next)} size="xl" />
      <p class="hint">{t.loan.dayNote}</p>
      <Button onClick={onPay}>{t.loan.payNow}</Button>
    </section>
  );
}

/** What settles this instalment: what the server asks for, with anything overdue, else the plan's rest. */
function dueNow(loan: Loan, next: Instalment): number {
  const asked = loan.next_due?.nr === next.nr ? loan.next_due.amount_minor : next.total_minor - next.paid_minor;
  return Math.max(asked, loan.overdue_minor + loan.overdue_interest_minor);
}

interface PayProps {
  loan: Loan;
  next: Instalment;
  reload(): Promise<void>;
  onClose(): void;
}

function PaySheet({ loan, next, reload, onClose }: PayProps) {
  const [amount] = useState(dueNow(loan, next));
  const [was] = useState(loan.events.length);
  const [isSent, setSent] = useState(false);
  const pay = useAction(async (key, minor: number) => {
    await api.repay(loan.loan, minor, key);
    setSent(true);
    await reload();
  });
  const isDone = isSent && loan.events.length > was;
  useEvery(ASK_MS, isSent && !isDone, () => void reload());
  if (isDone) {
    toast(t.loan.paid(money(amount)));
    onClose();
  }
  return (
    <Sheet
      title={t.loan.paySheet(next.nr)}
      onClose={onClose}
      footer={
        <Button busy={(pay.busy || isSent) && t.loan.paying} onClick={() => void pay.run(amount)}>
          {t.loan.pay(money(amount))}
        </Button>
      }
    >
      <Money minor={amount} size="xl" />
      <p>{lenderName(loan.lender)}</p>
      <p class="hint">{t.loan.payNote}</p>
      {isSent && <Note icon="clock">{t.loan.payPending}</Note>}
      <ProblemNote problem={pay.problem} retry={() => void pay.run(amount)} />
    </Sheet>
  );
}
