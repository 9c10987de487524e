import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../shared/api";
import { dayInWords, daysBetween } from "../../shared/dates";
import { pick } from "../../shared/language";
import { plain } from "../../shared/money";
import { Badge, Money, type Tone } from "../../shared/parts";
import type { Application, Instalment, Loan } from "../../shared/types";
import { go } from "../route";
import { Bar, Button, Tabs, Trouble, useAct, useCase, useLoad } from "../ui";
import { say, sayNamed } from "../words";

export function Loans({ id }: { id: string | undefined }): JSX.Element {
  const { token } = useCase();
  return (
    <div class="page with-tabs">
      <Bar title={say("loans")} />
      <main>{token ? <Mine id={id} /> : <SignInFirst />}</main>
      <Tabs on="loans" />
    </div>
  );
}

export function SignInFirst(): JSX.Element {
  return <div class="empty"><p>{say("please_sign_in")}</p><Button onClick={() => go("sign-in")}>{say("sign_in")}</Button></div>;
}

function Mine({ id }: { id: string | undefined }): JSX.Element {
  const loans = useLoad(() => ask<{ items: Loan[] }>("/v1/loans"), []);
  const applications = useLoad(() => ask<{ items: Application[] }>("/v1/applications"), []);
  const shown = id ?? loans.value?.items[0]?.loan;
  return (
    <>
      <Trouble error={loans.error} retry={loans.again} />
      {shown ? <LoanHome key={shown} id={shown} /> : loans.value && <p class="note">{say("no_loans")}</p>}
      {(loans.value?.items.length ?? 0) > 1 && (
        <ul class="card list">{loans.value?.items.filter((loan) => loan.loan !== shown).map((loan) => (
          <li key={loan.loan}><a class="grow" href={`#/loans/${loan.loan}`}>{lenderOf(loan)}</a><Money minor={loan.outstanding_minor} /></li>
        ))}</ul>
      )}
      {(applications.value?.items.length ?? 0) > 0 && (
        <section><h2>{say("applications")}</h2>
          <ul class="card list">{applications.value?.items.slice(0, 5).map((each) => (
            <li key={each.application}><span class="grow mono">{each.application}</span>
              <a class="link" href={`#/way/${each.application}`}>{sayNamed("step_", each.step === "review" ? "human" : each.step)}</a></li>
          ))}</ul>
        </section>
      )}
    </>
  );
}

const lenderOf = (loan: Loan): string => pick(loan.lender, "name");

function LoanHome({ id }: { id: string }): JSX.Element {
  const { value: loan, error, again } = useLoad(() => ask<Loan>(`/v1/loans/${id}`), [id]);
  const [payment, setPayment] = useState<string | null>(null);
  const act = useAct();
  const events = loan?.events.length ?? 0;
  // A payment is a fact only when the bank says so: look until the loan has a new event.
  useEffect(() => {
    if (!payment) return undefined;
    const timer = setInterval(again, 1000);
    return () => clearInterval(timer);
  }, [payment]);
  useEffect(() => setPayment(null), [events]);
  if (!loan) return <Trouble error={error} retry={again} />;
  const pay = (): void =>
    act.run(async () => {
      // The key names the instalment: pressing twice pays it once.
      const key = `pay-${loan.loan}-${events}`.slice(0, 64);
      const made = await ask<{ payment: string }>(`/v1/loans/${id}/repayments`, { method: "POST", body: { amount_minor: loan.next_due?.amount_minor }, key });
      setPayment(made.payment);
    });
  return (
    <>
      <section class="card next">
        <NextDue loan={loan} />
        {loan.next_due && <Button busy={act.busy || payment !== null} onClick={pay}>{say("pay_now")}</Button>}
        {payment && <p class="note" role="status">{say("paid_note", { id: payment })}</p>}
        <Trouble error={act.error} word="maybe_money" />
      </section>
      <Balance loan={loan} />
      <Schedule loan={loan} />
    </>
  );
}

function NextDue({ loan }: { loan: Loan }): JSX.Element {
  if (!loan.next_due) return <div class="row"><h2>{say("pay_all")}</h2><Badge tone="muted">{say("loan_settled")}</Badge></div>;
  const d = dayInWords(loan.next_due.date);
  return (
    <>
      <div class="row"><span>{say("instalment_nr", { n: loan.next_due.nr, d })}</span><Due loan={loan} /></div>
      <p class="display"><Money minor={loan.next_due.amount_minor} /></p>
    </>
  );
}

function Due({ loan }: { loan: Loan & { business_date?: string } }): JSX.Element | null {
  if (loan.dpd > 0) return <Badge tone="bad">{say("overdue", { n: loan.dpd })}</Badge>;
  const left = daysBetween(loan.business_date ?? new Date().toISOString().slice(0, 10), loan.next_due?.date ?? "");
  const tone: Tone = left <= 1 ? "warn" : "wait";
  return left >= 0 ? <Badge tone={tone}>{left ? say("due_in", { n: left }) : say("due_today")}</Badge> : null;
}

const isPaid = (row: Instalment): boolean => row.paid_minor >= row.total_minor;

function Balance({ loan }: { loan: Loan }): JSX.Element {
  const paid = loan.schedule.filter(isPaid);
  return (
    <section class="card">
      <dl class="two">
        <div><dt>{say("outstanding")}</dt><dd class="medium"><Money minor={loan.outstanding_minor} /></dd></div>
        <div class="right"><dt>{say("interest_paid")}</dt><dd class="medium"><Money minor={loan.interest_paid_minor} /></dd></div>
      </dl>
      <div class="decks thin" aria-hidden="true">{loan.schedule.map((row, n) => <i key={row.nr} class={isPaid(row) ? "done" : n === paid.length ? "next" : ""} />)}</div>
      <p class="row note"><span>{lenderOf(loan)}</span><span class="figures">{say("of_instalments", { n: paid.length, all: loan.schedule.length })}</span></p>
    </section>
  );
}

const FEW = 4;

function Schedule({ loan }: { loan: Loan }): JSX.Element {
  const [isAll, setAll] = useState(false);
  const next = loan.schedule.findIndex((row) => !isPaid(row));
  const from = isAll ? 0 : Math.max(0, Math.min(next < 0 ? 0 : next - 1, loan.schedule.length - FEW));
  const rows = isAll ? loan.schedule : loan.schedule.slice(from, from + FEW);
  return (
    <section class="card schedule">
      <h2>{say("schedule")}</h2>
      <ol>{rows.map((row) => (
        <li key={row.nr} class={row.nr === loan.schedule[next]?.nr ? "next-row" : ""}>
          <span class="nr figures">{String(row.nr).padStart(2, "0")}</span>
          <div class="grow">
            <p><span class="figures">{row.due_date}</span> {isPaid(row) && <Badge tone="ok">{say("paid")}</Badge>}</p>
            <p class="caption figures wrap">{say("principal_interest", { p: plain(row.principal_minor), i: plain(row.interest_minor) })}{row.fee_minor > 0 && say("and_fee", { f: plain(row.fee_minor) })}</p>
          </div>
          <strong><Money minor={row.total_minor} /></strong>
        </li>
      ))}</ol>
      {loan.schedule.length > FEW && <button type="button" class="link whole" onClick={() => setAll(!isAll)}>{isAll ? say("show_few") : say("show_all", { n: loan.schedule.length })}</button>}
    </section>
  );
}
