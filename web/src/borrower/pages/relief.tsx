/** Hard to repay: three ways compared as offers are, each with its extra cost; people decide. */
import { useState } from "preact/hooks";
import { dateInWords, money } from "../../shared/format.ts";
import type { Loan, LoanAfter } from "../../shared/types.ts";
import * as api from "../api.ts";
import { go } from "../router.ts";
import { t } from "../text/index.ts";
import { Choice } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Button, Skeleton } from "../ui/parts.tsx";
import { Note, ProblemNote } from "../ui/say.tsx";
import { useAction, useLoaded } from "../use.ts";
import { words } from "../words.ts";

const RESTS = [1, 3, 6];

const zh = {
  title: "还款有困难",
  heading: "先缓一缓，比一比",
  sub: "缓的几期只还利息，本金往后移。由人和资金方一起定，不影响你继续还款。",
  rest: (n: number) => `缓 ${n} 期`,
  next: (amount: string) => `这几期每期 ${amount}`,
  last: (day: string) => `最后一期 ${day}`,
  extra: "多付的利息",
  why: "发生了什么",
  reasons: {
    income_fell: "收入少了",
    job_lost: "没了工作",
    illness: "生病",
    disaster: "受灾",
    other: "其他",
  } as Record<string, string>,
  missing: "请选一个原因",
  ask: (n: number) => `申请缓 ${n} 期，请人来定`,
  asking: "正在送出",
  sent: "已送到，会由人来看",
  sentNote: "答复以前，计划不变。到期的那期如果能还，请照常还。",
  back: "回到借款",
};

const en: typeof zh = {
  title: "Hard to repay",
  heading: "A rest: compare first",
  sub: "In those instalments you pay interest only; principal moves back. People and the lender decide; you can go on paying.",
  rest: (n) => (n === 1 ? "Rest for 1 instalment" : `Rest for ${n} instalments`),
  next: (amount) => `${amount} in each of them`,
  last: (day) => `The last on ${day}`,
  extra: "Interest on top",
  why: "What happened",
  reasons: { income_fell: "My income fell", job_lost: "I lost my job", illness: "Illness", disaster: "A disaster", other: "Other" },
  missing: "Please choose a reason",
  ask: (n) => `Ask for ${n}; a person decides`,
  asking: "Sending",
  sent: "It came; a person will look",
  sentNote: "Until the answer the plan stays. If you can pay what falls due, please do.",
  back: "Back to the loan",
};

const w = words(zh, en);
const rest = (plan: readonly { total_minor: number; paid_minor: number }[]) =>
  plan.reduce((sum, row) => sum + row.total_minor - row.paid_minor, 0);

export function Relief({ id }: { id: string }) {
  const found = useLoaded(async () => {
    const [loan, ...after] = await Promise.all([api.loan(id), ...RESTS.map((n) => api.previewRelief(id, n))]);
    return { loan, after };
  }, [id]);
  return (
    <Page title={w().title} backTo={`/loans/${id}`}>
      <ProblemNote problem={found.problem} retry={() => void found.reload()} />
      {found.data ? <Shown {...found.data} /> : !found.problem && <Skeleton lines={5} tall />}
    </Page>
  );
}

function Shown({ loan, after }: { loan: Loan; after: LoanAfter[] }) {
  const [chosen, setChosen] = useState(String(RESTS[0]));
  const [why, setWhy] = useState<string>();
  const [error, setError] = useState<string>();
  const [isSent, setSent] = useState(false);
  const ask = useAction(async (key, n: number, reason: string) => {
    await api.askRelief(loan.loan, n, reason, key);
    setSent(true);
  });
  const submit = () => {
    setError(why ? undefined : w().missing);
    if (why) void ask.run(Number(chosen), why);
  };
  if (isSent) {
    return (
      <>
        <Heading sub={w().sentNote}>{w().sent}</Heading>
        <Note icon="people">{w().sentNote}</Note>
        <Button onClick={() => go(`/loans/${loan.loan}`)}>{w().back}</Button>
      </>
    );
  }
  return (
    <>
      <Heading sub={w().sub}>{w().heading}</Heading>
      <ul class="card rows">
        {after.map((one, n) => (
          <Option key={RESTS[n]} loan={loan} after={one} rests={RESTS[n] ?? 0} isOn={String(RESTS[n]) === chosen} onPick={() => setChosen(String(RESTS[n]))} />
        ))}
      </ul>
      <Choice label={w().why} error={error} options={Object.entries(w().reasons)} value={why} onChange={setWhy} />
      <ProblemNote problem={ask.problem} />
      <Button busy={ask.busy && w().asking} onClick={submit}>
        {w().ask(Number(chosen))}
      </Button>
    </>
  );
}

interface OptionProps {
  loan: Loan;
  after: LoanAfter;
  rests: number;
  isOn: boolean;
  onPick(): void;
}

function Option({ loan, after, rests, isOn, onPick }: OptionProps) {
  const open = after.schedule.filter((row) => row.state !== "paid");
  const last = open[open.length - 1];
  return (
    <li>
      <button type="button" class="row-button" aria-pressed={isOn} onClick={onPick}>
        <span class="grow">
          <b>{w().rest(rests)}</b>
          {open[0] && <span class="hint">{w().next(money(open[0].total_minor))}</span>}
          {last && <span class="hint">{w().last(dateInWords(last.due_date, true))}</span>}
        </span>
        <span class="example">
          <b>{money(rest(after.schedule) - rest(loan.schedule))}</b>
          <span class="hint">{w().extra}</span>
          {isOn && (
            <span class="chosen">
              <Icon name="check" size={16} />
              {t.home.chosen}
            </span>
          )}
        </span>
      </button>
    </li>
  );
}
