/** The branch on a tablet: the person's code opens their case, person and card are seen, a sheet is printed and signed; a quote works offline. */
import { Button, Input } from "antd";
import { useState } from "react";
import { dateIso, time } from "../../shared/format.ts";
import { useDeed, usePlatform } from "../platform.tsx";
import { usePlace } from "../router.ts";
import { Checks, Field } from "../ui/field.tsx";
import { Tabs } from "../ui/list.tsx";
import { Badge, Card, Facts, Failed, Id, PageHead, Timeline, Verdict, type Status } from "../ui/parts.tsx";
import { FormCard } from "./form.tsx";
import { OfflineQuote, useOnline } from "./offline.tsx";
import { t } from "./text.ts";
import "../desk/desk.css";
import "./branch.css";

const CODE_MAX = 80;
const CHECKS = ["card", "face", "term"];
const STATE: Record<string, Status> = { open: "info", review: "person", passed: "ok", refused: "bad", expired: "muted" };

interface Case {
  verification: string;
  state: string;
  level: number;
  channel: string;
  expires_at: string;
  ways: string[];
  done: { way: string; is_done: boolean; at: string }[];
}

interface Told {
  verification: string;
  state: string;
  level: number;
}

export default function BranchPage() {
  const w = t();
  const { query } = usePlace();
  const isOnline = useOnline();
  const at = query.get("tab") === "quote" ? "quote" : "resume";
  const deed = useDeed<Case>();
  return (
    <div className="tablet">
      <PageHead title={w.title} sub={w.sub} badge={<Badge kind={isOnline ? "ok" : "warn"}>{isOnline ? w.online : w.offline}</Badge>} />
      <section className="card list tablet-tabs">
        <Tabs label={w.tab} at={at} tabs={Object.entries(w.tabs)} />
      </section>
      {at === "quote" ? (
        <OfflineQuote isOnline={isOnline} />
      ) : (
        <Resume deed={deed} />
      )}
    </div>
  );
}

function Resume({ deed }: { deed: ReturnType<typeof useDeed<Case>> }) {
  const w = t();
  const [told, setTold] = useState<Told>();
  const [code, setCode] = useState("");
  const found = deed.done;
  const step = told ? 3 : found ? 1 : 0;
  return (
    <div className="tablet-grid">
      <div className="rail">
        <Card title={w.stepsTitle}>
          <Timeline moments={w.steps.map((title, n) => ({ key: title, title, state: n < step ? "done" : n === step ? "now" : "next", kind: n < step ? "ok" : "info" }))} />
        </Card>
        <Card title={w.case}>{found ? <Shown found={found} /> : <p className="hint">{w.none}</p>}</Card>
      </div>
      <div className="work">
        {found ? (
          <Seen key={found.verification} found={found} onTold={setTold} />
        ) : (
          <Card title={w.code}>
            <form
              className="entry"
              onSubmit={(event) => {
                event.preventDefault();
                if (code.trim()) void deed.run("/v1/verification-resumptions", { code: code.trim() });
              }}
            >
              <Field label={w.code} hint={w.codeHint}>
                {(own) => <Input {...own} autoFocus autoComplete="off" maxLength={CODE_MAX} value={code} onChange={(event) => setCode(event.target.value)} />}
              </Field>
              {deed.problem && <Failed problem={deed.problem} />}
              <Button type="primary" htmlType="submit" loading={deed.isBusy} disabled={!code.trim()}>
                {w.open}
              </Button>
            </form>
          </Card>
        )}
        {found && <FormCard key={`form-${found.verification}`} verification={found.verification} />}
        {found && (
          <Button
            onClick={() => {
              setTold(undefined);
              setCode("");
              deed.clear();
            }}
          >
            {w.next}
          </Button>
        )}
      </div>
    </div>
  );
}

function Shown({ found }: { found: Case }) {
  const w = t();
  return (
    <>
      <Facts
        rows={[
          [w.case, <Id key="id" value={found.verification} />],
          [w.state, <Badge key="state" kind={STATE[found.state] ?? "muted"}>{w.states[found.state] ?? found.state}</Badge>],
          [w.level, found.level],
          [w.channel, w.channels[found.channel] ?? found.channel],
          [w.until, `${dateIso(found.expires_at)} ${time(found.expires_at).slice(0, 5)}`],
        ]}
      />
      <h3 className="sub">{w.ways}</h3>
      {found.done.length === 0 ? (
        <p className="hint">{w.noWays}</p>
      ) : (
        <Timeline
          moments={found.done.map((one) => ({
            key: one.way,
            title: w.wayNames[one.way] ?? one.way,
            at: time(one.at),
            state: one.is_done ? "done" : "now",
            kind: one.is_done ? "ok" : "warn",
          }))}
        />
      )}
    </>
  );
}

function Seen({ found, onTold }: { found: Case; onTold(told: Told): void }) {
  const w = t();
  const { can, me } = usePlatform();
  const [prints, setPrints] = useState("none");
  const [checked, setChecked] = useState<string[]>([]);
  const deed = useDeed<Told>(onTold);
  if (!can("POST /v1/verifications/{verification}/branch")) return null;
  const isWhole = checked.length === CHECKS.length;
  return (
    <>
      <Card title={w.seen}>
        <p className="say-aloud">{w.read}</p>
        <p className="hint">{w.seenSub}</p>
        {deed.done ? (
          <Verdict kind={deed.done.state === "refused" ? "bad" : "ok"}>{w.done(w.states[deed.done.state] ?? deed.done.state)}</Verdict>
        ) : (
          <form
            className="entry"
            onSubmit={(event) => {
              event.preventDefault();
              const match = prints === "none" ? null : prints === "yes";
              if (isWhole) void deed.run(`/v1/verifications/${found.verification}/branch`, { prints_match: match });
            }}
          >
            <Checks legend={w.checks} most={CHECKS.length} chosen={checked} onChange={setChecked} options={CHECKS.map((code) => ({ code, label: w.checkNames[code] ?? code }))} />
            <fieldset className="checks">
              <legend>{w.prints}</legend>
              {Object.entries(w.printsOptions).map(([key, label]) => (
                <label key={key}>
                  <input type="radio" name="prints" checked={prints === key} onChange={() => setPrints(key)} />
                  {label}
                </label>
              ))}
            </fieldset>
            {deed.problem && <Failed problem={deed.problem} />}
            {!isWhole && <p className="hint">{w.checkAll}</p>}
            <div className="actions">
              <Button onClick={() => print()} disabled={!isWhole}>
                {w.print}
              </Button>
              <Button type="primary" htmlType="submit" loading={deed.isBusy} disabled={!isWhole}>
                {w.confirm}
              </Button>
            </div>
          </form>
        )}
      </Card>
      <Sheet found={found} checked={checked} prints={w.printsOptions[prints as keyof typeof w.printsOptions]} clerk={me.login ?? me.role} />
    </>
  );
}

/** On paper only: what was compared, with room for two signatures. */
function Sheet({ found, checked, prints, clerk }: { found: Case; checked: string[]; prints: string; clerk: string }) {
  const w = t();
  const now = new Date();
  return (
    <section className="paper-only" aria-hidden="true">
      <h2>{w.sheet}</h2>
      <p>{w.sheetSub}</p>
      <Facts
        rows={[
          [w.case, found.verification],
          [w.signDate, `${dateIso(now)} ${time(now)}`],
          ...CHECKS.map((code) => [w.checkNames[code] ?? code, checked.includes(code) ? "✓" : "—"] as [string, string]),
          [w.prints, prints],
        ]}
      />
      <p>{w.sheetSaid}</p>
      <p className="sign-line">{w.signCustomer}</p>
      <p className="sign-line">
        {w.signClerk} {clerk}
      </p>
    </section>
  );
}
