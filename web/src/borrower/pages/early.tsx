/** Repay early: the exact figure of a day and where it comes from, or a part, with what it changes. */
import { useState } from "preact/hooks";
import { dateInWords, money } from "../../shared/format.ts";
import type { Loan, LoanAfter, Payoff } from "../../shared/types.ts";
import * as api from "../api.ts";
import { go } from "../router.ts";
import { t } from "../text/index.ts";
import { Choice, MoneyField } from "../ui/field.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Badge, Button, Money, Skeleton } from "../ui/parts.tsx";
import { Live, Note, ProblemNote } from "../ui/say.tsx";
import { useAction, useEvery, useLoaded } from "../use.ts";
import { words } from "../words.ts";
import { Line } from "./confirm.tsx";

const ASK_MS = 1_000;

const zh = {
  title: "提前还款",
  heading: "全部还清，今天要还",
  saved: (amount: string) => `比按计划还，少付利息 ${amount}`,
  none: "和按计划还相比，没有少付的利息",
  parts: "怎么来的",
  principal: "剩余本金",
  interest: "算到今天的利息",
  overdue: "逾期利息",
  fee: "费用",
  charge: "提前还款违约金",
  free: "不收取",
  valid: (day: string) => `今天还是这个数。报价每天不同，看得到 ${day} 为止：`,
  act: (amount: string) => `去结清，还 ${amount}`,
  paying: "正在还款",
  pending: "已提交，银行确认后更新。绝不重复扣款。",
  done: "已结清",
  doneNote: "这笔借款全部还清了。没有别的费用。",
  back: "回到借款",
  part: "或者先还一部分",
  amount: "这次还多少",
  ways: { shorten: "期数变少", lower: "每期变少" } as Record<string, string>,
  way: "剩下的怎么变",
  look: "看看会怎样",
  looking: "正在算",
  bad: "请填大于零、不超过结清金额的数",
  after: (n: number, each: string, day: string) => `还剩 ${n} 期，每期 ${each}，最后一期 ${day}`,
  left: "剩余本金",
  pay: (amount: string) => `还 ${amount}`,
  partDone: "已还，计划已更新",
};

const en: typeof zh = {
  title: "Repay early",
  heading: "To repay all of it today",
  saved: (amount) => `${amount} less interest than by the plan`,
  none: "No interest is saved beside the plan",
  parts: "How it comes about",
  principal: "Principal left",
  interest: "Interest up to today",
  overdue: "Overdue interest",
  fee: "Fees",
  charge: "Early repayment charge",
  free: "Not charged",
  valid: (day) => `This is today's figure. It differs by the day; it can be seen up to ${day}:`,
  act: (amount) => `Settle it: pay ${amount}`,
  paying: "Paying",
  pending: "Sent; updated once the bank confirms. Never taken twice.",
  done: "Settled",
  doneNote: "All of this loan is repaid. Nothing else is charged.",
  back: "Back to the loan",
  part: "Or repay a part",
  amount: "How much now",
  ways: { shorten: "Fewer instalments", lower: "Smaller instalments" },
  way: "What changes after",
  look: "See what it does",
  looking: "Calculating",
  bad: "Please give a sum above zero and up to the settlement figure",
  after: (n, each, day) => `${n} instalments left, ${each} each, the last on ${day}`,
  left: "Principal left",
  pay: (amount) => `Pay ${amount}`,
  partDone: "Paid; the plan is updated",
};

const w = words(zh, en);

export function Early({ id }: { id: string }) {
  const loan = useLoaded(() => api.loan(id), [id]);
  const quote = useLoaded(() => api.payoff(id), [id]);
  const again = () => Promise.all([loan.reload(), quote.reload()]).then(() => undefined);
  return (
    <Page title={w().title} backTo={`/loans/${id}`}>
      <ProblemNote problem={loan.problem ?? quote.problem} retry={() => void again()} />
      {loan.data && quote.data ? (
        <Shown loan={loan.data} quote={quote.data} reload={again} />
      ) : (
        !loan.problem && !quote.problem && <Skeleton lines={5} tall />
      )}
    </Page>
  );
}

interface ShownProps {
  loan: Loan;
  quote: Payoff;
  reload(): Promise<void>;
}

function Shown({ loan, quote, reload }: ShownProps) {
  const [was] = useState(loan.events.length);
  const [sent, setSent] = useState("");
  const isDone = loan.state === "settled";
  useEvery(ASK_MS, sent !== "" && loan.events.length === was, () => void reload());
  const pay = useAction(async (key, minor: number, ahead: string) => {
    await api.repayAhead(loan.loan, minor, ahead, key);
    setSent(ahead);
    await reload();
  });
  const today = quote.quotes[0];
  if (isDone || !today) {
    return (
      <>
        <Heading sub={w().doneNote}>{w().done}</Heading>
        <Badge kind="ok">{w().done}</Badge>
        <Button onClick={() => go(`/loans/${loan.loan}`)}>{w().back}</Button>
      </>
    );
  }
  const ahead = loan.schedule.filter((row) => row.state !== "paid");
  const planned = ahead.reduce((sum, row) => sum + row.total_minor - row.paid_minor, 0);
  const saved = planned - today.total_minor;
  const isPaying = pay.busy || (sent !== "" && loan.events.length === was);
  return (
    <>
      <Heading sub={saved > 0 ? w().saved(money(saved)) : w().none}>
        <span class="over">{w().heading}</span>
        <Money minor={today.total_minor} size="xl" />
      </Heading>
      <section class="card lines" aria-label={w().parts}>
        <Line name={w().principal}>{money(today.principal_minor)}</Line>
        <Line name={w().interest}>{money(today.interest_minor)}</Line>
        {today.overdue_interest_minor > 0 && <Line name={w().overdue}>{money(today.overdue_interest_minor)}</Line>}
        {today.fee_minor > 0 && <Line name={w().fee}>{money(today.fee_minor)}</Line>}
        <Line name={w().charge}>{w().free}</Line>
      </section>
      {isPaying && sent !== "" && <Note icon="clock">{w().pending}</Note>}
      <Live>{isPaying ? w().paying : sent !== "" ? w().partDone : ""}</Live>
      <ProblemNote problem={pay.problem} />
      <Button busy={isPaying && w().paying} onClick={() => void pay.run(today.total_minor, "next")}>
        {w().act(money(today.total_minor))}
      </Button>
      {quote.valid_until && <Days quote={quote} until={quote.valid_until} />}
      <Part loan={loan} most={today.total_minor} busy={isPaying} onPay={(minor, way) => void pay.run(minor, way)} />
    </>
  );
}

function Days({ quote, until }: { quote: Payoff; until: string }) {
  return (
    <section class="card lines">
      <p class="hint">{w().valid(dateInWords(until))}</p>
      {quote.quotes.slice(0, 4).map((one) => (
        <Line key={one.date} name={dateInWords(one.date)}>
          {money(one.total_minor)}
        </Line>
      ))}
    </section>
  );
}

interface PartProps {
  loan: Loan;
  most: number;
  busy: boolean;
  onPay(minor: number, way: string): void;
}

function Part({ loan, most, busy, onPay }: PartProps) {
  const [amount, setAmount] = useState<number | null | undefined>(undefined);
  const [way, setWay] = useState("shorten");
  const [error, setError] = useState<string>();
  const [after, setAfter] = useState<{ minor: number; way: string; found: LoanAfter }>();
  const look = useAction(async (_key, minor: number, how: string) => {
    setAfter({ minor, way: how, found: await api.previewRepayment(loan.loan, minor, how) });
  });
  const isGood = typeof amount === "number" && amount > 0 && amount <= most;
  const submit = () => {
    setError(isGood ? undefined : w().bad);
    if (isGood) void look.run(amount, way);
  };
  const rest = after?.found.schedule.filter((row) => row.state !== "paid") ?? [];
  const isFresh = after !== undefined && after.minor === amount && after.way === way;
  const last = rest[rest.length - 1];
  return (
    <section class="card part" aria-labelledby="part">
      <h2 id="part">{w().part}</h2>
      <MoneyField label={w().amount} unit={t.yuan} value={amount} error={error} onChange={setAmount} />
      <Choice label={w().way} options={Object.entries(w().ways)} value={way} onChange={setWay} />
      <ProblemNote problem={look.problem} />
      {isFresh && rest[0] && last && (
        <div class="lines" role="status">
          <Line name={w().left}>{money(after.found.outstanding_minor)}</Line>
          <p>{w().after(rest.length, money(rest[0].total_minor), dateInWords(last.due_date, true))}</p>
        </div>
      )}
      {isFresh ? (
        <Button kind="secondary" busy={busy && w().paying} onClick={() => onPay(after.minor, after.way)}>
          {w().pay(money(after.minor))}
        </Button>
      ) : (
        <Button kind="secondary" busy={look.busy && w().looking} onClick={submit}>
          {w().look}
        </Button>
      )}
    </section>
  );
}
