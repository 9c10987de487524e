/** What waits for a second person: what it is, of whom, until when; then allow it, or refuse it with a reason. */
import { Button, Input } from "antd";
import { useState, type ReactNode } from "react";
import { count, dateIso, moneyInTable, time } from "../../shared/format.ts";
import { useDeed, useLoad, usePlatform } from "../platform.tsx";
import { href, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { usePages } from "../ui/pages.ts";
import { List } from "../ui/list.tsx";
import { Badge, Empty, Facts, Failed, Id, PageHead, Read, Verdict } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { EntryForm } from "../lists/form.tsx";
import { WAYS } from "./ways.ts";
import { t as words } from "./text.ts";
import "../desk/desk.css";

const PAGE = 50;
const REASON_MIN = 3;
const REASON_MAX = 500;

/** What is listed is kept nowhere in plain, so the second person types it too. */
const SAID_AGAIN = "risk.list_add";

interface Item {
  approval: string;
  operation: string;
  is_own: boolean;
  proposed_at: string;
  expires_at: string;
}

interface Proposal {
  approval: string;
  operation: string;
  state: string;
  is_own: boolean;
  proposed_by: string;
  subject: string | null;
  terms: Record<string, unknown>;
}

export default function ApprovalsPage() {
  const t = words();
  const { path } = usePlace();
  const read = usePages<Item>("/v1/operations/proposals", "", PAGE);
  const kinds = [...new Set(read.rows.map((one) => one.operation))];
  const others = read.rows.filter((one) => !one.is_own).length;
  return (
    <>
      <PageHead title={t.title(read.isLoading ? "…" : count(others))} sub={t.sub} />
      <div className="desk">
        <List
          screen="approvals"
          caption={text().pages.approvals}
          rows={read.rows}
          isLoading={read.isLoading}
          problem={read.problem}
          onAgain={read.again}
          more={read.more}
          columns={columnsOf()}
          rowKey={(row) => row.approval}
          rowHref={(row) => href(`approvals/${row.approval}`)}
          choices={[
            { key: "operation", title: t.columns.operation, options: kinds.map((one) => [one, operationName(one)]), of: (row) => row.operation },
            { key: "whose", title: t.columns.whose, options: [["own", t.own], ["yours", t.yours]], of: (row) => (row.is_own ? "own" : "yours") },
          ]}
          empty={
            <Empty title={t.none}>
              <p>{t.noneSub}</p>
            </Empty>
          }
        />
        <aside className="card" aria-label={t.one}>
          {path[1] === undefined ? (
            <Empty title={t.pick}>
              <p>{t.pickSub}</p>
            </Empty>
          ) : (
            <One key={path[1]} id={path[1]} onDone={read.again} />
          )}
        </aside>
      </div>
    </>
  );
}

function columnsOf(): Column<Item>[] {
  const t = words();
  return [
    { key: "operation", title: t.columns.operation, by: (row) => row.operation, cell: (row) => <b>{operationName(row.operation)}</b>, plain: (row) => operationName(row.operation) },
    { key: "approval", title: t.columns.approval, cell: (row) => <span className="mono">{row.approval}</span> },
    { key: "at", title: t.columns.at, by: (row) => row.proposed_at, cell: (row) => stamp(row.proposed_at) },
    { key: "until", title: t.columns.until, by: (row) => row.expires_at, cell: (row) => stamp(row.expires_at) },
    {
      key: "whose",
      title: t.columns.whose,
      cell: (row) => <Badge kind={row.is_own ? "muted" : "person"}>{row.is_own ? t.own : t.yours}</Badge>,
    },
  ];
}

function operationName(operation: string): string {
  return words().operations[operation] ?? operation;
}

function stamp(at: string): string {
  return `${dateIso(at)} ${time(at).slice(0, 5)}`;
}

function One({ id, onDone }: { id: string; onDone(): void }) {
  const read = useLoad<Proposal>(`/v1/operations/proposals/${id}`);
  return <Read of={read}>{(found) => <Proposed found={found} onDone={onDone} />}</Read>;
}

function Proposed({ found, onDone }: { found: Proposal; onDone(): void }) {
  const t = words();
  const terms = Object.entries(found.terms);
  return (
    <div className="case">
      <header>
        <h2>{operationName(found.operation)}</h2>
        <Id value={found.approval} />
      </header>
      <Facts
        rows={[
          [t.by, <Id key="by" value={found.proposed_by} />],
          ...(found.subject === null ? [] : ([[t.subject, <Id key="subject" value={found.subject} />]] as [string, ReactNode][])),
          ...terms.map(([key, value]) => [t.terms[key] ?? key, <Term key={key} name={key} value={value} />] as [string, ReactNode]),
        ]}
      />
      {terms.length === 0 && <p className="hint">{t.readThere}</p>}
      {found.is_own ? <p className="hint">{t.ownSub}</p> : <Decide found={found} onDone={onDone} />}
    </div>
  );
}

function Term({ name, value }: { name: string; value: unknown }) {
  if (value === null) return words().noLimit;
  if (typeof value === "number") return name.endsWith("_minor") ? moneyInTable(value) : String(value);
  const said = words().values[String(value)] ?? String(value);
  return /^[0-9a-f]{64}$|^[a-z]{2}_[0-9a-z]{13}$/.test(said) ? <Id value={said} /> : said;
}

function Decide({ found, onDone }: { found: Proposal; onDone(): void }) {
  const t = words();
  const { can } = usePlatform();
  const way = WAYS[found.operation];
  const allowing = useDeed<unknown>(onDone);
  const [isRefusing, setRefusing] = useState(false);
  const [refused, setRefused] = useState(false);
  if (allowing.done !== undefined || refused) return <Verdict kind={refused ? "warn" : "ok"}>{refused ? t.refused : t.allowed}</Verdict>;
  if (found.state !== "proposed") return <p className="hint">{t.decided}</p>;
  const mayAllow = way !== undefined && can(`POST ${way.replace("{}", "{approval}")}`);
  return (
    <div className="deeds">
      <p className="hint">{mayAllow ? t.consequence : t.notYours}</p>
      {mayAllow && found.operation === SAID_AGAIN && (
        <>
          <p>{t.sayAgain}</p>
          <EntryForm label={t.allow} isBusy={allowing.isBusy} onSend={(entry) => void allowing.run(way.replace("{}", found.approval), entry)} />
        </>
      )}
      <div className="actions">
        {mayAllow && found.operation !== SAID_AGAIN && (
          <Button type="primary" loading={allowing.isBusy} onClick={() => void allowing.run(way.replace("{}", found.approval))}>
            {t.allow}
          </Button>
        )}
        {can("POST /v1/operations/proposals/{approval}/refusal") && <Button onClick={() => setRefusing(true)}>{t.refuse}</Button>}
      </div>
      {allowing.problem && <Failed problem={allowing.problem} />}
      {isRefusing && (
        <Refuse
          id={found.approval}
          onClose={() => setRefusing(false)}
          onDone={() => {
            setRefusing(false);
            setRefused(true);
            onDone();
          }}
        />
      )}
    </div>
  );
}

function Refuse({ id, onClose, onDone }: { id: string; onClose(): void; onDone(): void }) {
  const t = words();
  const [reason, setReason] = useState("");
  const deed = useDeed<unknown>(onDone);
  const isShort = reason.trim().length < REASON_MIN;
  return (
    <Dialog title={t.refuse} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isShort) void deed.run(`/v1/operations/proposals/${id}/refusal`, { reason: reason.trim() });
        }}
      >
        <Field label={t.reason} hint={t.reasonHint}>
          {(own) => <Input {...own} value={reason} maxLength={REASON_MAX} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        {deed.problem && <Failed problem={deed.problem} />}
        <div className="actions">
          <Button danger htmlType="submit" loading={deed.isBusy} disabled={isShort}>
            {t.refuseDo}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
