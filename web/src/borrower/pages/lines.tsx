/** A credit line: what is left, a part of it drawn after its whole cost is seen, every draw and its loan. */
import { useEffect, useState } from "preact/hooks";
import { dateInWords, money, moneyRound, percentOf } from "../../shared/format.ts";
import type { Application, DrawPreview, Facility } from "../../shared/types.ts";
import * as api from "../api.ts";
import { go } from "../router.ts";
import { lenderName, t } from "../text/index.ts";
import { Bar } from "../ui/deck.tsx";
import { Choice, MoneyField } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Badge, Button, Money, Skeleton, type Status } from "../ui/parts.tsx";
import { Empty, Note, ProblemNote } from "../ui/say.tsx";
import { useAction, useEvery, useLoaded } from "../use.ts";
import { words } from "../words.ts";
import { Line } from "./confirm.tsx";
import { Cost } from "./cost.tsx";
import { SignPage } from "./sign.tsx";

const TENORS = [3, 6, 12];
const ASK_MS = 1_000;
const KIND: Record<string, Status> = { reserved: "warn", drawn: "ok" };

const zh = {
  title: "信用额度",
  none: "还没有额度",
  noneNote: "额度像一笔随时可以用的预备金，不用不收费。",
  left: "现在可用",
  used: (used: string, limit: string) => `已用 ${used}，额度 ${limit}`,
  bar: (percent: number) => `额度用了 ${percent}%`,
  rate: (percent: string, lender: string) => `${lender}，年利率 ${percent}%，不用不收费`,
  until: (day: string) => `有效到 ${day}`,
  amount: "这次用多少",
  tenor: "分几期还",
  look: "看看要还多少",
  looking: "正在算",
  bad: (most: string) => `请填大于零、不超过 ${most} 的数`,
  total: "一共还",
  cost: "利息",
  yearly: "年化综合成本（单利）",
  first: "第一期",
  draw: (amount: string) => `用 ${amount}，先看成本表`,
  drawing: "正在留出",
  draws: "用过的",
  noDraws: "还没有用过。",
  states: { reserved: "待看成本表或签署", drawn: "已支用" } as Record<string, string>,
  ended: "已取消",
  waiting: "已签署，正在放款",
  waitingNote: "到账以后在“借款”里看得到。绝不重复放款。",
  loan: "去看这笔借款",
  blocked: "现在不能用",
};

const en: typeof zh = {
  title: "Credit line",
  none: "No line yet",
  noneNote: "A line is money set aside for you; nothing is charged while you do not use it.",
  left: "Free now",
  used: (used, limit) => `${used} used of ${limit}`,
  bar: (percent) => `${percent}% of the line is used`,
  rate: (percent, lender) => `${lender}, ${percent}% a year, nothing charged while unused`,
  until: (day) => `Good until ${day}`,
  amount: "How much now",
  tenor: "Over how many months",
  look: "See what it costs",
  looking: "Calculating",
  bad: (most) => `Please give a sum above zero and up to ${most}`,
  total: "You repay in all",
  cost: "Interest",
  yearly: "All-in yearly cost (simple)",
  first: "First instalment",
  draw: (amount) => `Use ${amount}: costs first`,
  drawing: "Setting aside",
  draws: "Used so far",
  noDraws: "Not used yet.",
  states: { reserved: "Costs or signature to do", drawn: "Drawn" },
  ended: "Cancelled",
  waiting: "Signed; the money is on its way",
  waitingNote: "It stands under Loans once it has arrived. It is never sent twice.",
  loan: "To this loan",
  blocked: "Cannot be used now",
};

const w = words(zh, en);

export function Lines({ id, offer }: { id: string | undefined; offer: string | undefined }) {
  const list = useLoaded(api.facilities, [id, offer]);
  const found = list.data?.items.find((one) => one.facility === id) ?? list.data?.items[0];
  const draw = found?.draws.find((one) => one.offer === offer);
  if (found && draw && offer) return <Drawn facility={found} offer={offer} reload={list.reload} />;
  return (
    <Page title={w().title} tab="loans" heading={w().title}>
      <ProblemNote problem={list.problem} retry={() => void list.reload()} />
      {!list.data && !list.problem && <Skeleton lines={5} tall />}
      {list.data && !found && (
        <Empty title={w().none} note={w().noneNote}>
          <Button onClick={() => go("/")}>{t.loans.emptyAction}</Button>
        </Empty>
      )}
      {found && <Home key={found.facility} found={found} />}
    </Page>
  );
}

function Home({ found }: { found: Facility }) {
  const { standing } = found;
  const part = standing.limit_minor > 0 ? (standing.limit_minor - standing.available_minor) / standing.limit_minor : 0;
  return (
    <>
      <section class="card due">
        <p class="row">
          <span>{w().left}</span>
          {standing.not_drawable && <Badge kind="muted">{w().blocked}</Badge>}
        </p>
        <Money minor={standing.available_minor} size="xl" />
        <Bar part={part} label={w().bar(Math.round(100 * part))} />
        <p class="hint">{w().used(money(standing.used_minor + standing.reserved_minor), moneyRound(standing.limit_minor))}</p>
        <p class="hint">{w().rate(percentOf(standing.rate_bps), lenderName(found.lender))}</p>
        <p class="hint">{w().until(dateInWords(standing.valid_to, true))}</p>
      </section>
      {!standing.not_drawable && standing.available_minor > 0 && <Draw found={found} />}
      <section aria-labelledby="draws">
        <h2 id="draws">{w().draws}</h2>
        {found.draws.length === 0 ? (
          <p class="hint">{w().noDraws}</p>
        ) : (
          <ul class="card rows">
            {found.draws.map((one) => (
              <li key={one.offer}>
                <a class="row-button" href={one.loan ? `#/loans/${one.loan}` : `#/lines/${found.facility}/${one.offer}`}>
                  <span class="grow">
                    <b>
                      {moneyRound(one.amount_minor)} · {t.months(one.tenor_months)}
                    </b>
                  </span>
                  <Badge kind={KIND[one.state] ?? "muted"}>{w().states[one.state] ?? w().ended}</Badge>
                  <Icon name="right" size={16} />
                </a>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function Draw({ found }: { found: Facility }) {
  const most = found.standing.available_minor;
  const [amount, setAmount] = useState<number | null | undefined>(undefined);
  const [tenor, setTenor] = useState(String(TENORS[1]));
  const [error, setError] = useState<string>();
  const [seen, setSeen] = useState<DrawPreview>();
  const look = useAction(async (_key, minor: number, months: number) => {
    setSeen(await api.previewDraw(found.facility, minor, months));
  });
  const draw = useAction(async (key, minor: number, months: number) => {
    const { offer } = await api.draw(found.facility, minor, months, key);
    go(`/lines/${found.facility}/${offer}`);
  });
  const isGood = typeof amount === "number" && amount > 0 && amount <= most;
  const isFresh = seen !== undefined && seen.amount_minor === amount && seen.tenor_months === Number(tenor) && !seen.refusal;
  const submit = () => {
    setError(isGood ? undefined : w().bad(moneyRound(most)));
    if (isGood) void look.run(amount, Number(tenor));
  };
  return (
    <section class="card part" aria-label={w().amount}>
      <MoneyField label={w().amount} unit={t.yuan} value={amount} error={error} onChange={setAmount} />
      <Choice look="segments" label={w().tenor} options={TENORS.map((n) => [String(n), t.months(n)])} value={tenor} onChange={setTenor} />
      {isFresh && (
        <div class="lines" role="status">
          <Line name={w().total}>{money(seen.total_minor)}</Line>
          <Line name={w().cost}>{money(seen.cost_minor)}</Line>
          <Line name={w().yearly}>{seen.irr12_percent}%</Line>
          {seen.schedule[0] && (
            <Line name={w().first}>
              {dateInWords(seen.schedule[0].due_date)} {money(seen.schedule[0].total_minor)}
            </Line>
          )}
        </div>
      )}
      {seen?.refusal && <Note icon="info">{w().blocked}</Note>}
      <ProblemNote problem={look.problem ?? draw.problem} />
      {isFresh ? (
        <Button busy={draw.busy && w().drawing} onClick={() => void draw.run(seen.amount_minor, seen.tenor_months)}>
          {w().draw(moneyRound(seen.amount_minor))}
        </Button>
      ) : (
        <Button kind="secondary" busy={look.busy && w().looking} onClick={submit}>
          {w().look}
        </Button>
      )}
    </section>
  );
}

/** A draw goes on as an accepted offer does: costs, signature, money; its step is what the server has of it. */
function Drawn({ facility, offer, reload }: { facility: Facility; offer: string; reload(): Promise<void> }) {
  const draw = facility.draws.find((one) => one.offer === offer);
  const table = useLoaded(() => api.costTable(offer), [offer]);
  const again = () => Promise.all([table.reload(), reload()]).then(() => undefined);
  // The server tells a draw that was signed by its loan, once the money has arrived.
  const [isSigned, setSigned] = useState(false);
  const isReserved = draw?.state === "reserved" && !isSigned;
  useEvery(ASK_MS, isSigned && !draw?.loan, () => void reload());
  useEffect(() => {
    if (draw?.loan) go(`/loans/${draw.loan}`, true);
  }, [draw?.loan]);
  const signed = async () => setSigned(true);
  const found = { offer, agreement: null } as unknown as Application;
  if (isReserved && table.data) {
    const isRead = Boolean(table.data.confirmed_at);
    return isRead ? <SignPage found={found} reload={signed} /> : <Cost found={found} reload={again} />;
  }
  return (
    <Page title={w().title} closeTo="/lines">
      <ProblemNote problem={table.problem} retry={() => void again()} />
      {draw && !isReserved ? <Heading sub={w().waitingNote}>{w().waiting}</Heading> : <Skeleton lines={4} tall />}
    </Page>
  );
}
