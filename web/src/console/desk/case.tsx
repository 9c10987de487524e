/** One case of the desk: facts, reasons, documents; then ask, approve or decline, each with its codes. */
import { Button } from "antd";
import { useState } from "react";
import { dateIso, money, moneyInTable, time } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { useDeed, usePlatform } from "../platform.tsx";
import { href } from "../router.ts";
import { caseWords, wordOf } from "../ui/cases.ts";
import { Checks } from "../ui/field.tsx";
import { Badge, Facts, Failed, Id, Verdict } from "../ui/parts.tsx";
import { Papers } from "./papers.tsx";
import { t as words } from "./text.ts";
import type { Coded, Desk, Review, Ruled } from "./types.ts";

const CODES_MAX = 4;

interface CaseProps {
  review: Review;
  desk: Desk;
  canRule: boolean;
  onDone(): void;
}

export function CasePanel({ review, desk, canRule, onDone }: CaseProps) {
  const t = words();
  const name = caseWords();
  const { can } = usePlatform();
  return (
    <div className="case">
      <header>
        <h2>
          {money(review.amount_minor)} <small>{wordOf(name.products, review.product)}</small>
        </h2>
        <Id value={review.application} />
      </header>
      <Facts
        rows={[
          [t.facts.submitted, `${dateIso(review.submitted_at)} ${time(review.submitted_at)}`],
          [t.facts.tenor, review.tenor_months],
          [t.facts.machine, t.band(review.points, review.band)],
          [t.facts.decision, <Id key="decision" value={review.decision} />],
        ]}
      />
      {can("GET /v1/decisions/{decision}") && <a href={href(`decisions/${review.decision}`)}>{t.openDecision}</a>}
      <h3>{t.reasons}</h3>
      <Reasons codes={review.reasons} known={desk.reasons} />
      <Papers review={review} desk={desk} canRead={canRule} />
      {canRule ? <Deeds review={review} desk={desk} onDone={onDone} /> : <p className="hint">{t.readOnly}</p>}
    </div>
  );
}

function Reasons({ codes, known }: { codes: string[]; known: Coded[] }) {
  const t = words();
  if (codes.length === 0) return <p className="hint">{t.noReasons}</p>;
  return (
    <ul className="codes">
      {codes.map((code) => {
        const found = known.find((one) => one.code === code);
        return <li key={code}>{found ? pick(found, "text") : code}</li>;
      })}
    </ul>
  );
}

type Way = "ask" | "approve" | "decline";

/** One thing at a time; what was done takes the place of the buttons. */
function Deeds({ review, desk, onDone }: { review: Review; desk: Desk; onDone(): void }) {
  const t = words();
  const name = caseWords();
  const { can } = usePlatform();
  const [way, setWay] = useState<Way>();
  const ruling = useDeed<Ruled>();
  const asking = useDeed<{ answer_by: string | null }>();
  const done = ruling.done ?? asking.done;
  if (done) {
    return (
      <div className="done">
        {ruling.done?.approval ? (
          <>
            <Verdict kind="wait">{t.needsSecond}</Verdict>
            {can("GET /v1/operations/proposals") && <a href={href(`approvals/${ruling.done.approval}`)}>{t.toApprovals}</a>}
          </>
        ) : (
          <Verdict kind="ok">
            {ruling.done ? t.done(wordOf(name.steps, ruling.done.step)) : t.askDone(asking.done?.answer_by ?? "—")}
          </Verdict>
        )}
        <Button onClick={onDone}>{t.next}</Button>
      </div>
    );
  }
  const path = `/v1/reviews/${review.application}`;
  return (
    <div className="deeds">
      <p className="hint">{t.second(moneyInTable(desk.second_from_minor))}</p>
      <div className="actions">
        {(["approve", "decline", "ask"] as const).map((one) => (
          <Button key={one} type={one === "approve" ? "primary" : "default"} aria-pressed={way === one} onClick={() => setWay(one)}>
            {t[one]}
          </Button>
        ))}
      </div>
      {way === "approve" && (
        <Codes legend={t.grounds} known={desk.grounds} label={t.approveDo} isBusy={ruling.isBusy} onSend={(codes) => void ruling.run(`${path}/ruling`, { said: "approve", codes })} />
      )}
      {way === "decline" && (
        <Codes legend={t.declineReasons} known={desk.reasons} label={t.declineDo} isBusy={ruling.isBusy} isDanger onSend={(codes) => void ruling.run(`${path}/ruling`, { said: "decline", codes })} />
      )}
      {way === "ask" && (
        <Codes legend={t.ask} known={desk.documents} label={t.askDo} isBusy={asking.isBusy} onSend={(codes) => void asking.run(`${path}/documents`, { documents: codes })} />
      )}
      {(ruling.problem ?? asking.problem) && <Failed problem={(ruling.problem ?? asking.problem)!} />}
    </div>
  );
}

interface CodesProps {
  legend: string;
  known: Coded[];
  label: string;
  isBusy: boolean;
  isDanger?: boolean;
  onSend(codes: string[]): void;
}

function Codes({ legend, known, label, isBusy, isDanger = false, onSend }: CodesProps) {
  const [chosen, setChosen] = useState<string[]>([]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSend(chosen);
      }}
    >
      <Checks
        legend={legend}
        most={CODES_MAX}
        chosen={chosen}
        onChange={setChosen}
        options={known.map((one) => ({ code: one.code, label: pick(one, "text") }))}
      />
      <Button type="primary" danger={isDanger} htmlType="submit" loading={isBusy} disabled={chosen.length === 0}>
        {label}
      </Button>
    </form>
  );
}

export function AskedBadge({ isIn }: { isIn: boolean }) {
  const t = words();
  return <Badge kind={isIn ? "ok" : "wait"}>{isIn ? t.isIn : t.missing}</Badge>;
}
