/** The live page: six figures, the funnel, time and rate, and three proofs. */
import { count, moneyInTable, share, time } from "../../shared/format.ts";
import type { Live } from "../../shared/types.ts";
import { usePlatform } from "../platform.tsx";
import { text as frame } from "../text.ts";
import { Funnel } from "./funnel.tsx";
import { Badge, Failed, PageHead, type Status } from "../ui/parts.tsx";
import { EvidenceCard, LedgerCard, LoansCard } from "./proofs.tsx";
import { Series } from "./series.tsx";
import { useLive, type LinkState } from "./use-live.ts";
import { live as words } from "./text.ts";

const LINK: Record<LinkState, Status> = { live: "ok", poll: "info", waiting: "wait" };

export default function LivePage() {
  const { token, leave } = usePlatform();
  const t = words();
  const watched = useLive(token, () => leave(true));
  const { live } = watched;
  return (
    <>
      <PageHead
        title={frame().pages.live}
        badge={<Badge kind={LINK[watched.link]}>{t.states[watched.link]}</Badge>}
        sub={live ? t.asOf(time(live.at)) : frame().loading}
      />
      {watched.problem && <Failed problem={watched.problem} />}
      {live ? <Body live={live} samples={watched.samples} /> : <Waiting />}
    </>
  );
}

/** The shape of what comes, in its height. */
function Waiting() {
  return (
    <div role="status" aria-label={frame().loading}>
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
  const t = words();
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
  const t = words();
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
