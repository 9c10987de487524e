import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { clock } from "../shared/dates";
import { grouped, plain } from "../shared/money";
import { Badge, Deck, type Tone } from "../shared/parts";
import type { Live } from "../shared/types";
import { say, type Word } from "./words";

const PATH = ["submitted", "offers", "accepted", "signed", "funded", "settled"] as const;
const ASIDE = ["declined", "review"] as const;
const percent = (part: number, whole: number): string => (whole > 0 ? `${((part / whole) * 100).toFixed(1)}%` : "—");
const figure = (ms: number | null): string => (ms === null ? "—" : ms < 10 ? ms.toFixed(1) : Math.round(ms).toString());
const time = (at: string | null): string => (at ? clock(at) : "—");

export function Board({ live, at, isStale, refusal }: { live: Live | null; at: string; isStale: boolean; refusal: string }): JSX.Element {
  if (!live) return <p class="quiet-line" role="status">{refusal ? say("trouble", { d: refusal }) : "…"}</p>;
  return (
    <>
      <div class="heading">
        <h1>{say("live")}</h1>
        <Badge tone="info">{say("business_date", { d: live.business_date })}</Badge>
        <p class={isStale ? "stale" : "quiet-line"} role="status">{say(isStale ? "stale" : "updated", { t: clock(at) })}</p>
      </div>
      <Figures live={live} />
      <div class="columns">
        <Funnel live={live} />
        <Latency live={live} />
        <Ledger live={live} />
        <Evidence live={live} />
      </div>
    </>
  );
}

function Figures({ live }: { live: Live }): JSX.Element {
  const { latency_ms: ms, loans } = live;
  const six: [Word, string, string][] = [
    ["decisions_s", live.decisions_per_s.toFixed(1), ""],
    ["p50", figure(ms.p50), say("ms")],
    ["loans_live", grouped(loans.live), ""],
    ["disbursed", `¥${plain(loans.outstanding_minor)}`, ""],
    ["repaid", `¥${plain(loans.repaid_minor)}`, ""],
    ["overdue", grouped(loans.overdue), ""],
  ];
  return <dl class="six">{six.map(([word, value, unit]) => (
    <div class="card" key={word}><dt>{say(word)}</dt><dd class="figures">{value} <span class="small">{unit}</span></dd></div>
  ))}</dl>;
}

/** A frame that shows its content as a picture or as a table of the same figures. */
function Frame({ title, chart, table }: { title: string; chart: ComponentChildren; table: ComponentChildren }): JSX.Element {
  const [isTable, setTable] = useState(false);
  return (
    <section class="card frame">
      <div class="frame-head"><h2>{title}</h2><button type="button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>{say(isTable ? "chart" : "table")}</button></div>
      {isTable ? table : chart}
    </section>
  );
}

function Funnel({ live }: { live: Live }): JSX.Element {
  const count = (step: string): number => live.funnel[step] ?? 0;
  const before = (n: number): number => count(n === 0 ? PATH[0] : (PATH[n - 1] as string));
  const chart = (
    <>
      <ol class="bars">{PATH.map((step, n) => (
        <li key={step}><span>{say(step)}</span><Deck part={count(step) / Math.max(1, count(PATH[0]))} label={`${say(step)} ${count(step)}`} />
          <b class="figures">{grouped(count(step))}</b><i class="figures">{n ? percent(count(step), before(n)) : ""}</i></li>
      ))}</ol>
      <p class="aside-steps">{ASIDE.map((step) => <Badge key={step} tone={step === "review" ? "person" : "bad"}>{say(step)} {grouped(count(step))} · {percent(count(step), count(PATH[0]))}</Badge>)}</p>
    </>
  );
  const table = (
    <table><thead><tr><th scope="col">{say("step")}</th><th scope="col">{say("count")}</th><th scope="col">{say("of_before")}</th></tr></thead>
      <tbody>{[...PATH, ...ASIDE].map((step, n) => (
        <tr key={step}><th scope="row">{say(step)}</th><td>{grouped(count(step))}</td><td>{n === 0 ? "" : percent(count(step), n < PATH.length ? before(n) : count(PATH[0]))}</td></tr>
      ))}</tbody></table>
  );
  return <Frame title={say("funnel")} chart={chart} table={table} />;
}

function Latency({ live }: { live: Live }): JSX.Element {
  const ms = live.latency_ms;
  const rows: [Word, number | null][] = [["p50", ms.p50], ["p95", ms.p95], ["p99", ms.p99]];
  const most = Math.max(ms.p99 ?? 0, 1);
  const chart = <ol class="bars">{rows.map(([word, value]) => (
    <li key={word}><span>{say(word)}</span><Deck part={(value ?? 0) / most} label={`${say(word)} ${figure(value)}`} /><b class="figures">{figure(value)}</b><i /></li>
  ))}</ol>;
  const table = <table><tbody>{rows.map(([word, value]) => <tr key={word}><th scope="row">{say(word)}</th><td>{figure(value)}</td></tr>)}</tbody></table>;
  return <Frame title={`${say("latency")} · ${say("of_n", { n: grouped(ms.count) })}`} chart={chart} table={table} />;
}

function Proof({ title, tone, verdict, pairs }: { title: string; tone: Tone; verdict: string; pairs: [Word, string][] }): JSX.Element {
  return (
    <section class="card frame">
      <h2>{title}</h2>
      <p class="verdict"><Badge tone={tone}>{verdict}</Badge></p>
      <dl class="pairs">{pairs.map(([word, value]) => <div key={word}><dt>{say(word)}</dt><dd class="figures">{value}</dd></div>)}</dl>
    </section>
  );
}

function Ledger({ live }: { live: Live }): JSX.Element {
  const { ledger } = live;
  const isGood = ledger.differences === 0 && ledger.sum_minor === 0;
  const verdict = !ledger.checked_at ? say("ledger_unchecked") : isGood ? say("ledger_ok") : say("ledger_bad", { n: ledger.differences, s: plain(ledger.sum_minor) });
  return <Proof title={say("ledger")} tone={!ledger.checked_at ? "wait" : isGood ? "ok" : "bad"} verdict={verdict} pairs={[
    ["accounts", grouped(ledger.accounts)], ["transfers", grouped(ledger.transfers)], ["sum", plain(ledger.sum_minor)],
    ["differences", grouped(ledger.differences)], ["checked", time(ledger.checked_at)],
  ]} />;
}

function Evidence({ live }: { live: Live }): JSX.Element {
  const { evidence } = live;
  const isNone = !evidence.checkpoint_at;
  const verdict = isNone ? say("evidence_none") : evidence.verified ? say("evidence_ok", { t: time(evidence.checkpoint_at) }) : say("evidence_bad");
  return <Proof title={say("evidence")} tone={isNone ? "wait" : evidence.verified ? "ok" : "bad"} verdict={verdict} pairs={[
    ["leaves", grouped(evidence.size)], ["checkpoint", time(evidence.checkpoint_at)], ["root", evidence.root || "—"],
  ]} />;
}
