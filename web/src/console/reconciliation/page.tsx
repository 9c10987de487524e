/** Breaks by age, with owner and story; closing, entering anew, paying back; reading the bank's books. */
import { Button, Input } from "antd";
import { useState } from "react";
import { count, dateIso, moneyInTable, time } from "../../shared/format.ts";
import { useDeed, usePlatform } from "../platform.tsx";
import { restate, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { csv, FilterBar, saveFile, seek } from "../ui/filters.tsx";
import { usePages } from "../ui/pages.ts";
import { Badge, Empty, Facts, Failed, Id, PageHead, Skeleton, Timeline, Verdict } from "../ui/parts.tsx";
import { DataTable, Foot, type Column } from "../ui/table.tsx";
import { t as words } from "./text.ts";
import "../desk/desk.css";

const PAGE = 50;
const REASON_MIN = 3;
const REASON_MAX = 500;
const OLD_DAYS = 3;

interface Break {
  id: string;
  kind: string;
  owner: string;
  lender: number;
  day: string;
  payment: string;
  reference: string;
  amount_minor: number;
  opened_at: string;
  age_days: number;
  closed_at: string | null;
  reason: string | null;
  history: { what: string; at: string; amount_minor: number; by: string | null; reason: string | null }[];
}

export default function Reconciliation() {
  const t = words();
  const { can } = usePlatform();
  const { query } = usePlace();
  const read = usePages<Break>("/v1/operations/breaks", query.get("state") === "all" ? "closed=true" : "", PAGE);
  const columns = columnsOf();
  const rows = seek(read.rows, columns, query.get("q") ?? "");
  const picked = rows.find((one) => one.id === query.get("break"));
  return (
    <>
      <PageHead title={t.title} sub={t.sub} actions={can("POST /v1/operations/reconciliations") && <Run onDone={read.again} />} />
      <div className="desk">
        <section className="card list" aria-label={t.title}>
          <FilterBar
            screen="breaks"
            choices={[{ key: "state", title: t.state, options: [["all", t.withClosed]] }]}
            onFile={() => saveFile("breaks.csv", csv(rows, columns))}
          />
          {read.problem && <Failed problem={read.problem} onAgain={read.again} />}
          {read.isLoading && read.rows.length === 0 ? (
            <Skeleton />
          ) : (
            <DataTable
              caption={t.title}
              rows={rows}
              columns={columns}
              rowKey={(row) => row.id}
              onPick={(row) => restate({ ...Object.fromEntries(query), break: row.id })}
              picked={picked?.id}
              empty={
                <Empty title={t.none}>
                  <p>{t.noneSub}</p>
                </Empty>
              }
              foot={<Foot shown={rows.length}>{read.more && <Button onClick={read.more}>{text().more}</Button>}</Foot>}
            />
          )}
        </section>
        <aside className="card" aria-label={t.one}>
          {picked ? (
            <One key={picked.id} found={picked} onDone={read.again} />
          ) : (
            <Empty title={t.pick}>
              <p>{t.pickSub}</p>
            </Empty>
          )}
        </aside>
      </div>
    </>
  );
}

function columnsOf(): Column<Break>[] {
  const t = words();
  return [
    {
      key: "age",
      title: t.columns.age,
      by: (row) => row.age_days,
      cell: (row) => <Badge kind={row.closed_at ? "muted" : row.age_days >= OLD_DAYS ? "warn" : "wait"}>{t.days(row.age_days)}</Badge>,
      plain: (row) => row.age_days,
    },
    { key: "kind", title: t.columns.kind, by: (row) => row.kind, cell: (row) => t.kinds[row.kind] ?? row.kind },
    { key: "owner", title: t.columns.owner, by: (row) => row.owner, cell: (row) => t.owners[row.owner] ?? row.owner },
    { key: "day", title: t.columns.day, by: (row) => row.day, cell: (row) => row.day },
    { key: "lender", title: t.columns.lender, align: "end", by: (row) => row.lender, cell: (row) => row.lender },
    { key: "amount", title: t.columns.amount, align: "end", by: (row) => row.amount_minor, cell: (row) => moneyInTable(row.amount_minor) },
    {
      key: "payment",
      title: t.columns.payment,
      cell: (row) => <span className="mono">{row.payment || "—"}</span>,
      plain: (row) => row.payment,
    },
  ];
}

function One({ found, onDone }: { found: Break; onDone(): void }) {
  const t = words();
  return (
    <div className="case">
      <header>
        <h2>{t.kinds[found.kind] ?? found.kind}</h2>
        <Id value={found.id} />
      </header>
      <Facts
        rows={[
          [t.columns.owner, t.owners[found.owner] ?? found.owner],
          [t.columns.amount, moneyInTable(found.amount_minor)],
          [t.columns.day, found.day],
          [t.columns.payment, found.payment ? <Id key="payment" value={found.payment} /> : "—"],
          [t.reference, found.reference || "—"],
          [t.columns.state, found.closed_at ? t.closed : t.open],
        ]}
      />
      <Timeline
        moments={found.history.map((one) => ({
          key: `${one.what}${one.at}`,
          title: t.happened[one.what] ?? one.what.replaceAll("_", " "),
          detail: [moneyInTable(one.amount_minor), one.by, one.reason].filter(Boolean).join(" · "),
          at: `${dateIso(one.at)} ${time(one.at).slice(0, 5)}`,
          state: "done",
        }))}
      />
      {found.closed_at === null && <Deeds found={found} onDone={onDone} />}
    </div>
  );
}

function Deeds({ found, onDone }: { found: Break; onDone(): void }) {
  const t = words();
  const { can } = usePlatform();
  const [isClosing, setClosing] = useState(false);
  const entering = useDeed<unknown>(onDone);
  const paying = useDeed<{ approval: string }>();
  const path = `/v1/operations/breaks/${found.id}`;
  return (
    <div className="deeds">
      <div className="actions">
        {can("POST /v1/operations/breaks/{number}/closing") && (
          <Button type="primary" onClick={() => setClosing(true)}>
            {t.close}
          </Button>
        )}
        {can("POST /v1/operations/breaks/{number}/entry") && (
          <Button loading={entering.isBusy} onClick={() => void entering.run(`${path}/entry`)}>
            {t.entry}
          </Button>
        )}
        {can("POST /v1/operations/breaks/{number}/payback") && (
          <Button loading={paying.isBusy} onClick={() => void paying.run(`${path}/payback`)}>
            {t.payback}
          </Button>
        )}
      </div>
      {paying.done && <Verdict kind="wait">{t.proposed}</Verdict>}
      {(entering.problem ?? paying.problem) && <Failed problem={(entering.problem ?? paying.problem)!} />}
      {isClosing && (
        <Closing
          path={path}
          onClose={() => setClosing(false)}
          onDone={() => {
            setClosing(false);
            onDone();
          }}
        />
      )}
    </div>
  );
}

function Closing({ path, onClose, onDone }: { path: string; onClose(): void; onDone(): void }) {
  const t = words();
  const [reason, setReason] = useState("");
  const deed = useDeed<unknown>(onDone);
  const isShort = reason.trim().length < REASON_MIN;
  return (
    <Dialog title={t.close} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isShort) void deed.run(`${path}/closing`, { reason: reason.trim() });
        }}
      >
        <Field label={t.reason} hint={t.reasonHint}>
          {(own) => <Input {...own} maxLength={REASON_MAX} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        {deed.problem && <Failed problem={deed.problem} />}
        <div className="actions">
          <Button type="primary" htmlType="submit" loading={deed.isBusy} disabled={isShort}>
            {t.closeDo}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface Matched {
  day: string;
  lenders: { lender: number; is_read: boolean; entries: number; matched: number; breaks: number }[];
}

function Run({ onDone }: { onDone(): void }) {
  const t = words();
  const [isOpen, setOpen] = useState(false);
  const [day, setDay] = useState(dateIso(new Date()));
  const deed = useDeed<Matched>(onDone);
  const sum = (key: "entries" | "matched" | "breaks") => count(deed.done?.lenders.reduce((all, one) => all + one[key], 0) ?? 0);
  const unread = deed.done?.lenders.filter((one) => !one.is_read).map((one) => one.lender) ?? [];
  return (
    <>
      <Button type="primary" onClick={() => setOpen(true)}>
        {t.run}
      </Button>
      {isOpen && (
        <Dialog title={t.run} onClose={() => setOpen(false)}>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void deed.run("/v1/operations/reconciliations", { day });
            }}
          >
            <Field label={t.runDay}>{(own) => <Input {...own} type="date" value={day} onChange={(event) => setDay(event.target.value)} />}</Field>
            {deed.problem && <Failed problem={deed.problem} />}
            {deed.done && (
              <>
                <Verdict kind="ok">{t.result(sum("entries"), sum("matched"), sum("breaks"))}</Verdict>
                {unread.length > 0 && <Verdict kind="warn">{t.unread(unread.join(", "))}</Verdict>}
              </>
            )}
            <div className="actions">
              <Button type="primary" htmlType="submit" loading={deed.isBusy}>
                {t.run}
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
