/** One decision: what was said and known, what came out and why, who would lend, and whether it still holds. */
import { Button } from "antd";
import { dateIso, money, moneyInTable, span, time } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { useLoad, usePlatform, useReading } from "../platform.tsx";
import { caseWords, OUTCOME, STEP, wordOf } from "../ui/cases.ts";
import { Badge, Card, Facts, Failed, Id, PageHead, Read, Timeline, Verdict } from "../ui/parts.tsx";
import { AdviceCard } from "./advice.tsx";
import { LendersCard } from "./lenders.tsx";
import { ProofCard } from "./proof.tsx";
import { t as words } from "./text.ts";
import type { Finding, Recorded, Replayed, Scored } from "./types.ts";

const PPM_PERCENT = 10_000;

export function DecisionPage({ id }: { id: string }) {
  const read = useLoad<Recorded>(`/v1/decisions/${id}`);
  return (
    <Read of={read} rows={12}>
      {(found) => <Shown found={found} />}
    </Read>
  );
}

function Shown({ found }: { found: Recorded }) {
  const t = words();
  const name = caseWords();
  const { can } = usePlatform();
  return (
    <>
      <PageHead
        title={t.headline(money(found.amount_minor), found.tenor_months)}
        badge={
          <>
            <Badge kind={OUTCOME[found.outcome] ?? "muted"}>{wordOf(name.outcomes, found.outcome)}</Badge>{" "}
            <Badge kind={STEP[found.step] ?? "muted"}>{wordOf(name.steps, found.step)}</Badge>
          </>
        }
        sub={
          <>
            {wordOf(name.products, found.product)} · <Id value={found.decision} /> · {t.application} <Id value={found.application} />
          </>
        }
        actions={can("GET /v1/decisions/{decision}/replay") && <Replay id={found.decision} />}
      />
      <div className="decision">
        <div>
          <PersonCard found={found} />
          <KnownCard found={found} />
        </div>
        <div>
          <ResultCard found={found} />
          {found.outcome === "declined" && can("GET /v1/decisions/{decision}/advice") && <AdviceCard id={found.decision} />}
          {can("GET /v1/decisions/{decision}/lenders") && <LendersCard id={found.decision} />}
        </div>
        <div>
          <HistoryCard found={found} />
          <ProofCard id={found.decision} />
          <PartsCard found={found} />
        </div>
      </div>
    </>
  );
}

/** Decides again from the record; the answer says whether anything differs, and what. */
function Replay({ id }: { id: string }) {
  const t = words();
  const { http } = usePlatform();
  const deed = useReading<Replayed>(() => http.json(`/v1/decisions/${id}/replay`));
  return (
    <div className="replay">
      <Button type="primary" loading={deed.isBusy} onClick={deed.read}>
        {deed.isBusy ? t.replaying : t.replay}
      </Button>
      {deed.problem && <Failed problem={deed.problem} />}
      {deed.data && (
        <Verdict kind={deed.data.is_same ? "ok" : "bad"}>
          {deed.data.is_same ? t.same : `${t.changed}：${deed.data.changed.join("；")}`}
        </Verdict>
      )}
      {deed.data && deed.data.rules_missed.length > 0 && (
        <Verdict kind="warn">{t.missed(deed.data.rules_missed.join(", "))}</Verdict>
      )}
    </div>
  );
}

function PersonCard({ found }: { found: Recorded }) {
  const t = words();
  const said: [string, number | string | boolean | null][] = [...Object.entries(found.declared), ["purpose", found.purpose]];
  return (
    <Card title={t.person}>
      <Facts rows={said.map(([key, value]) => [wordOf(t.declared, key), valueOf(key, value)])} />
    </Card>
  );
}

function valueOf(key: string, value: number | string | boolean | null): string {
  const t = words();
  if (value === null) return t.unsaid;
  if (typeof value === "number") return key.endsWith("_minor") ? moneyInTable(value) : t.years(value);
  return wordOf(t.values, String(value));
}

function KnownCard({ found: { known } }: { found: Recorded }) {
  const t = words();
  const identified = known.is_identified === null ? t.unsaid : wordOf(t.values, String(known.is_identified));
  return (
    <Card title={t.known}>
      <Facts
        rows={[
          [t.identified, identified],
          [t.exposure, moneyInTable(known.exposure_minor)],
          [t.partyRecent, known.party_recent],
          [t.deviceRecent, known.device_recent],
          [t.outside, known.outside.join(", ") || "—"],
        ]}
      />
    </Card>
  );
}

function ResultCard({ found }: { found: Recorded }) {
  const t = words();
  const name = caseWords();
  const badge = <Badge kind={OUTCOME[found.outcome] ?? "muted"}>{wordOf(name.outcomes, found.outcome)}</Badge>;
  const unit = `${t.decidedAt(`${dateIso(found.decided_at)} ${time(found.decided_at)}`)}，${t.took(span(found.decided_in_us / 1_000))}`;
  return (
    <Card title={t.decision} unit={unit} aside={badge}>
      <div className="result">
        <Score score={found.score} challenger={found.challenger} />
        <div>
          {found.ruling && (
            <>
              <h3>{t.ruling}</h3>
              <p>
                <b>{wordOf(t.rulingSaid, found.ruling.said)}</b> <Id value={found.ruling.by} /> {found.ruling.codes.join(", ")}
              </p>
            </>
          )}
          <h3>{t.reasons}</h3>
          {found.answer.reasons.length === 0 && <p className="hint">{t.noReasons}</p>}
          <ol className="reasons">
            {found.answer.reasons.map((one) => (
              <li key={one.code}>
                {pick(one, "text")} <code>{one.code}</code>
              </li>
            ))}
          </ol>
          <h3>{t.findings}</h3>
          <Findings findings={found.findings} fired={found.rules_fired} />
        </div>
      </div>
    </Card>
  );
}

function Score({ score, challenger }: { score: Scored | null; challenger: Scored | null }) {
  const t = words();
  if (!score) return <p className="score hint">{t.stopped}</p>;
  return (
    <div className="score">
      <span>{t.score}</span>
      <b className="figure">{score.points}</b>
      <p>
        {t.pd}
        <br />
        <b>{(score.pd_ppm / PPM_PERCENT).toFixed(1)}%</b>，{t.bandOf(score.band)}
      </p>
      {challenger && (
        <p className="ruled">
          {t.challenger}
          <br />
          <b>{(challenger.pd_ppm / PPM_PERCENT).toFixed(1)}%</b>，{challenger.band === score.band ? t.challengerSame : t.challengerOther(challenger.band)}
        </p>
      )}
    </div>
  );
}

const SEVERITY = { block: "bad", decline: "bad", hold: "person", review: "person", warn: "warn" } as const;

function Findings({ findings, fired }: { findings: Finding[]; fired: string[] }) {
  const t = words();
  const named = new Set(findings.map((one) => one.rule));
  const rest = fired.filter((one) => !named.has(one));
  if (findings.length + rest.length === 0) return <p className="hint">{t.noFindings}</p>;
  return (
    <ul className="findings">
      {findings.map((one) => (
        <li key={`${one.rule}${one.code}`}>
          <Badge kind={SEVERITY[one.severity as keyof typeof SEVERITY] ?? "muted"}>{wordOf(t.severities, one.severity)}</Badge>
          <code>{one.rule}</code>
          <span>{one.text_zh !== null && one.text_en !== null ? pick({ text_zh: one.text_zh, text_en: one.text_en }, "text") : one.code}</span>
        </li>
      ))}
      {rest.map((one) => (
        <li key={one}>
          <Badge kind="muted">{t.houseRule}</Badge>
          <code>{one}</code>
        </li>
      ))}
    </ul>
  );
}

function HistoryCard({ found }: { found: Recorded }) {
  const t = words();
  const name = caseWords();
  const last = found.history.length - 1;
  return (
    <Card title={t.history}>
      <Timeline
        moments={[...found.history].reverse().map((one, n) => ({
          key: `${one.step}${one.at}`,
          title: wordOf(name.steps, one.step),
          at: `${dateIso(one.at)} ${time(one.at)}`,
          state: n === 0 && last > 0 ? "now" : "done",
          kind: STEP[one.step] ?? "info",
        }))}
      />
    </Card>
  );
}

function PartsCard({ found }: { found: Recorded }) {
  const t = words();
  const parts = Object.entries(found.hashes).filter(([, hash]) => hash !== "");
  return (
    <Card title={t.hashes} unit={t.version(found.version)}>
      <Facts rows={parts.map(([part, hash]) => [wordOf(t.parts, part), <Id key={part} value={hash} />])} />
    </Card>
  );
}
