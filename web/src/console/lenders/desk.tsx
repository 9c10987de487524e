/** One lender's day: quotas, pace, prices, what waits, the last settlement, whom it takes. */
import { count, dateIso, moneyInTable, share, time } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { useLoad, usePlatform } from "../platform.tsx";
import { href } from "../router.ts";
import { wordOf } from "../ui/cases.ts";
import { Badge, Card, Deck, Empty, Facts, Id, PageHead, Read, type Status } from "../ui/parts.tsx";
import { List } from "../ui/list.tsx";
import { DataTable, type Column } from "../ui/table.tsx";
import { Pace } from "./pace.tsx";
import { Prices } from "./prices.tsx";
import { t as words } from "./text.ts";
import { dayOf, monthOf, type Budget, type Desk, type Program, type Waiting } from "./types.ts";
import "./lenders.css";

const NEAR = 0.9;
const DAY_MS = 86_400_000;
const STATE: Record<string, Status> = { asked: "person", reserved: "wait", committed: "info" };
const SETTLED: Record<string, Status> = { made: "wait", confirmed: "ok", disputed: "bad" };

export function LenderDesk({ desk, isOwn }: { desk: Desk; isOwn: boolean }) {
  const t = words();
  const waiting = useLoad<{ items: Waiting[] }>(`/v1/lender-desks/${desk.lender}/waiting`);
  const days = desk.listed_from && desk.is_listed ? t.listedSub(desk.listed_from, desk.listed_to) : t.unlistedSub(desk.listed_from, desk.listed_to);
  return (
    <>
      <PageHead
        title={pick(desk, "name")}
        badge={<Badge kind={desk.is_listed ? "ok" : "bad"}>{desk.is_listed ? t.open : t.closed}</Badge>}
        sub={`${days}${desk.answer_within_s === null ? t.insideSub : t.remoteSub(desk.answer_within_s)}`}
        actions={isOwn ? <a className="button" href={href("settlements")}>{t.toSettlements}</a> : <a href={href("lenders")}>{t.toAll}</a>}
      />
      <Figures desk={desk} waiting={waiting.data?.items.length} />
      <div className="lender-grid">
        <Pace desk={desk} />
        <Prices programs={desk.programs} cap={desk.cap_percent} />
      </div>
      <div className="lender-grid wide-first">
        <List
          head={
            <header className="card-head pad">
              <h2>{t.queue}</h2>
              <span className="unit">{t.queueUnit}</span>
            </header>
          }
          screen={`waiting-${desk.lender}`}
          caption={t.queue}
          rows={waiting.data?.items}
          problem={waiting.problem}
          onAgain={waiting.again}
          columns={waitingColumns(desk)}
          rowKey={(one) => `${one.application} ${one.state}`}
          choices={[{ key: "state", title: t.queueColumns.state, options: Object.entries(t.queueStates), of: (one) => one.state }]}
          empty={
            <Empty title={t.queueNone}>
              <p>{t.queueNoneSub}</p>
            </Empty>
          }
        />
        <Settled desk={desk} />
      </div>
      <Policy desk={desk} />
    </>
  );
}

function Figures({ desk, waiting }: { desk: Desk; waiting: number | undefined }) {
  const t = words();
  const month = monthOf(desk);
  const paid = desk.paid.reduce((sum, one) => sum + one.amount_minor, 0);
  return (
    <dl className="kpis four">
      <Used title={t.day} of={dayOf(desk)} />
      {month ? <Used title={t.month} of={month} /> : <Figure title={t.month} value="—" sub={t.noMonth} />}
      <Figure title={t.paid} value={moneyInTable(paid)} sub={t.paidSub(desk.paid.reduce((sum, one) => sum + one.loans, 0))} />
      <Figure title={t.waiting} value={waiting === undefined ? "…" : count(waiting)} sub={t.waitingSub} />
    </dl>
  );
}

function Figure({ title, value, sub }: { title: string; value: string; sub: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <b>{value}</b>
        <span>{sub}</span>
      </dd>
    </div>
  );
}

function Used({ title, of }: { title: string; of: Budget }) {
  const t = words();
  const part = of.limit_minor > 0 ? of.used_minor / of.limit_minor : 0;
  const left = t.of(moneyInTable(of.limit_minor), moneyInTable(Math.max(0, of.limit_minor - of.used_minor)));
  return (
    <div>
      <dt>
        {title} <em>{share(of.used_minor, of.limit_minor)}</em>
      </dt>
      <dd>
        <b>{moneyInTable(of.used_minor)}</b>
        <Deck share={part} kind={part >= NEAR ? "warn" : "info"} label={left} />
        <span>{left}</span>
      </dd>
    </div>
  );
}

function waitingColumns(desk: Desk): Column<Waiting>[] {
  const t = words();
  const name = (code: string) => {
    const found = desk.programs.find((one) => one.code === code);
    return found ? pick(found, "name") : code;
  };
  return [
    { key: "until", title: t.queueColumns.until, by: (one) => one.until ?? one.since, cell: (one) => <Left until={one.until} since={one.since} />, plain: (one) => one.until ?? "" },
    { key: "application", title: t.queueColumns.application, cell: (one) => <Id value={one.application} />, plain: (one) => one.application },
    { key: "amount", title: t.queueColumns.amount, align: "end", by: (one) => one.amount_minor, cell: (one) => moneyInTable(one.amount_minor), plain: (one) => moneyInTable(one.amount_minor).replaceAll(",", "") },
    { key: "tenor", title: t.queueColumns.tenor, align: "end", by: (one) => one.tenor_months ?? 0, cell: (one) => one.tenor_months ?? "—" },
    { key: "program", title: t.queueColumns.program, by: (one) => one.program, cell: (one) => name(one.program) },
    { key: "state", title: t.queueColumns.state, by: (one) => one.state, cell: (one) => <Badge kind={STATE[one.state] ?? "muted"}>{wordOf(t.queueStates, one.state)}</Badge>, plain: (one) => wordOf(t.queueStates, one.state) },
    { key: "since", title: t.queueColumns.since, by: (one) => one.since, cell: (one) => `${dateIso(one.since)} ${time(one.since).slice(0, 5)}` },
  ];
}

/** The clock of an answer: a deck of what is left; a payout has no clock of the lender's. */
function Left({ until, since }: { until: string | null; since: string }) {
  const t = words();
  if (until === null) return <>—</>;
  const [from, to, now] = [Date.parse(since), Date.parse(until), Date.now()];
  const left = Math.max(0, Math.round((to - now) / 1_000));
  const told = left === 0 ? t.over : `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
  const part = to > from ? (to - now) / (to - from) : 0;
  return (
    <span className={`left ${part < 0.25 ? "bad" : ""}`}>
      <b>{told}</b>
      <Deck share={part} kind={part < 0.25 ? "bad" : "info"} label={told} />
    </span>
  );
}

interface Settlement {
  lender: number;
  day: string;
  opening_minor: number;
  total_minor: number;
  closing_minor: number;
  lines: number;
  state: string;
}

function Settled({ desk }: { desk: Desk }) {
  const t = words();
  const { can } = usePlatform();
  const day = dateIso(new Date(Date.parse(`${desk.business_date}T12:00:00+08:00`) - DAY_MS));
  const read = useLoad<{ items: Settlement[] }>(can("GET /v1/settlements/{day}") ? `/v1/settlements/${day}` : null);
  return (
    <Card title={t.settlement} unit={day} aside={<a href={href("settlements", { day })}>{t.openIt}</a>}>
      {can("GET /v1/settlements/{day}") && (
        <Read of={read} rows={4}>
          {(found) => {
            const own = found.items.find((one) => one.lender === desk.number);
            if (!own) return <Empty title={t.settlementNone} />;
            return (
              <Facts
                rows={[
                  [t.settlementRows.opening, moneyInTable(own.opening_minor)],
                  [t.settlementRows.total, moneyInTable(own.total_minor)],
                  [t.settlementRows.closing, <b key="closing">{moneyInTable(own.closing_minor)}</b>],
                  [t.settlementRows.lines, count(own.lines)],
                  [t.settlementRows.state, <Badge key="state" kind={SETTLED[own.state] ?? "muted"}>{wordOf(t.settlementStates, own.state)}</Badge>],
                ]}
              />
            );
          }}
        </Read>
      )}
    </Card>
  );
}

interface PolicyRow extends Record<string, string> {}

const AMOUNT = "amount_max";
const NAMES = new Set(["_id", "_description", "program", AMOUNT]);

function Policy({ desk }: { desk: Desk }) {
  const t = words();
  const rows = desk.programs.flatMap((one) => one.policy.map((row) => ({ program: one, row: row as PolicyRow })));
  if (rows.length === 0) {
    return (
      <Card title={t.policy}>
        <p className="hint">{t.policyNone}</p>
      </Card>
    );
  }
  const columns: Column<{ program: Program; row: PolicyRow }>[] = [
    { key: "program", title: t.program, by: (one) => one.program.code, cell: (one) => pick(one.program, "name") },
    { key: "name", title: t.rowColumns.name, wraps: true, cell: (one) => inLang(one.row["_description"] ?? one.row["_id"] ?? "") },
    { key: "says", title: t.rowColumns.says, wraps: true, cell: (one) => <Conditions row={one.row} /> },
    { key: "most", title: t.rowColumns.most, align: "end", by: (one) => Number(one.row[AMOUNT] ?? 0), cell: (one) => (one.row[AMOUNT] ? moneyInTable(Number(one.row[AMOUNT])) : "—") },
  ];
  return (
    <Card title={t.policy} unit={t.policyUnit} className="flush" aside={desk.policy_hash && <span className="hint">{t.policyHash} <Id value={desk.policy_hash} /></span>}>
      <DataTable caption={t.policy} rows={rows} rowKey={(one) => one.row["_id"] ?? ""} columns={columns} empty={null} />
    </Card>
  );
}

/** "中文 / English": the part of the language that is shown. */
function inLang(told: string): string {
  const [zh = told, en = zh] = told.split(" / ");
  return pick({ name_zh: zh, name_en: en }, "name");
}

/** That a thing has to be known is understood where it is asked for. */
const KNOWN = /^(has_[a-z]+( and )?)+$/;
const OF_MONEY = new Set(["income", "assets"]);

function inWords(key: string, value: string): string {
  const t = words();
  const plain = value.replaceAll("'", "");
  if (OF_MONEY.has(key)) return plain.replace(/\d+/g, (fen) => moneyInTable(Number(fen))).replaceAll(">=", "≥").replaceAll("<=", "≤");
  return plain
    .replace(/^\[(\d+)\.\.(\d+)\]$/, "$1–$2")
    .replace(/not in \[([^\]]*)\]/, (_, some: string) => t.noneOf(some))
    .replace(/[a-z_]+/g, (one) => t.values[one] ?? one)
    .replaceAll(">=", "≥")
    .replaceAll("<=", "≤");
}

function Conditions({ row }: { row: PolicyRow }) {
  const t = words();
  const said = Object.entries(row).filter(([key, value]) => !NAMES.has(key) && value !== "" && !(key === "when" && KNOWN.test(value)));
  return (
    <span className="conditions">
      {said.map(([key, value]) => (
        <span key={key}>
          {wordOf(t.facts, key)} <b>{inWords(key, value)}</b>
        </span>
      ))}
    </span>
  );
}
