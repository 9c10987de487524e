/** The live page: six figures, the funnel, time and rate, and three proofs. */
import { Alert, Button } from "antd";
import { useEffect } from "react";
import { count, moneyInTable, share, time } from "../../shared/format.ts";
import { currentLang, setLang } from "../../shared/lang.ts";
import type { Live } from "../../shared/types.ts";
import { Brand } from "../sign.tsx";
import { text } from "../text.ts";
import { isDark } from "../theme.ts";
import { Funnel } from "./funnel.tsx";
import { Badge, type Status } from "./parts.tsx";
import { EvidenceCard, LedgerCard, LoansCard } from "./proofs.tsx";
import { Series } from "./series.tsx";
import { useLive, type LinkState, type Watched } from "./use-live.ts";

const LINK: Record<LinkState, Status> = { live: "ok", poll: "info", waiting: "wait" };

interface LivePageProps {
  token: string;
  onLeave(isRefused: boolean): void;
  onTheme(isDark: boolean): void;
}

export function LivePage({ token, onLeave, onTheme }: LivePageProps) {
  const t = text();
  const watched = useLive(token, () => onLeave(true));
  const { live } = watched;
  useEffect(() => {
    document.title = `${t.live} · ${t.brand}`;
  }, [t]);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t.skip}
      </a>
      <nav aria-label={t.nav}>
        <Brand />
        <p>{t.results}</p>
        <a href="/console" aria-current="page">
          {t.live}
        </a>
        <p>{t.elsewhere}</p>
        <a href="/">{t.borrower}</a>
        <a href="/schema">{t.schema}</a>
        <a href="/metrics">{t.metrics}</a>
      </nav>
      <Top date={live?.business_date} onLeave={() => onLeave(false)} onTheme={onTheme} />
      <main id="main" tabIndex={-1}>
        <Head watched={watched} />
        {watched.problem && <Alert type="error" showIcon title={`${t.trouble} ${t.reference(watched.problem.requestId)}`} />}
        {live ? <Body live={live} samples={watched.samples} /> : <Waiting />}
      </main>
    </div>
  );
}

interface TopProps {
  date: string | undefined;
  onLeave(): void;
  onTheme(isDark: boolean): void;
}

function Top({ date, onLeave, onTheme }: TopProps) {
  const t = text();
  const other = currentLang() === "zh" ? "en" : "zh";
  const dark = isDark();
  return (
    <header className="top">
      <b>{t.live}</b>
      <span className="tools">
        <span>
          {t.businessDate} <b>{date ?? "—"}</b>
        </span>
        <Button type="text" onClick={() => onTheme(!dark)}>
          {dark ? t.light : t.dark}
        </Button>
        <Button type="text" lang={other} aria-label={t.otherLangName} onClick={() => setLang(other)}>
          {t.otherLang}
        </Button>
        <Button onClick={onLeave}>{t.signOut}</Button>
      </span>
    </header>
  );
}

function Head({ watched }: { watched: Watched }) {
  const t = text();
  return (
    <div className="head">
      <h1>{t.live}</h1>
      <p>
        <Badge kind={LINK[watched.link]}>{t.states[watched.link]}</Badge>
        <span>{watched.live ? t.asOf(time(watched.live.at)) : t.loading}</span>
      </p>
    </div>
  );
}

/** The shape of what comes, in its height. */
function Waiting() {
  return (
    <div role="status" aria-label={text().loading}>
      <div className="kpis skeleton" />
      <div className="grid">
        {[0, 1, 2, 3].map((n) => (
          <div key={n} className="card skeleton" />
        ))}
      </div>
    </div>
  );
}

function Body({ live, samples }: { live: Live; samples: readonly Live[] }) {
  const t = text();
  const { p50, p99 } = live.latency_ms;
  const of = (name: "p50" | "p95" | "p99") => samples.map((one) => one.latency_ms[name]);
  return (
    <>
      <Kpis live={live} />
      <div className="grid">
        <Funnel live={live} />
        <Series
          title={t.latency}
          unit={t.latencyUnit}
          finding={t.latencyFinding(String(p50 ?? "—"), String(p99 ?? "—"))}
          samples={samples}
          isEmpty={p50 === null}
          lines={[
            { name: "p99", values: of("p99"), colour: 3, dash: "dotted" },
            { name: "p95", values: of("p95"), colour: 2, dash: "dashed" },
            { name: "p50", values: of("p50"), colour: 1, dash: "solid" },
          ]}
        />
        <div className="three">
          <LedgerCard ledger={live.ledger} />
          <EvidenceCard evidence={live.evidence} />
          <LoansCard loans={live.loans} businessDate={live.business_date} />
        </div>
        <Series
          title={t.rate}
          unit={t.rateUnit}
          finding={t.rateFinding(String(live.decisions_per_s))}
          samples={samples}
          isEmpty={false}
          lines={[{ name: t.kpi.rate, values: samples.map((one) => one.decisions_per_s), colour: 4, dash: "solid" }]}
        />
      </div>
    </>
  );
}

function Kpis({ live }: { live: Live }) {
  const t = text();
  const { funnel, latency_ms: latency, ledger, loans } = live;
  const figures: [string, string, string][] = [
    [t.kpi.submitted, count(funnel.submitted), t.kpi.submittedNote],
    [t.kpi.offered, share(funnel.offers, funnel.submitted), t.kpi.offeredNote(count(funnel.offers))],
    [t.kpi.rate, live.decisions_per_s.toFixed(1), t.kpi.rateNote],
    [t.kpi.p99, latency.p99 === null ? "—" : latency.p99.toFixed(1), t.kpi.p99Note(count(latency.count))],
    [t.kpi.outstanding, moneyInTable(loans.outstanding_minor), t.kpi.outstandingNote(count(loans.live))],
    [t.kpi.difference, moneyInTable(ledger.sum_minor), t.kpi.differenceNote(count(ledger.transfers))],
  ];
  return (
    <dl className="kpis">
      {figures.map(([name, figure, note]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <b>{figure}</b>
            <span>{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
