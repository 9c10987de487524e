/** The trial balance of a day and the closed periods beside it. */
import { Button, Input } from "antd";
import { useState } from "react";
import { dateIso, moneyInTable, time } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { useDeed, useLoad, usePlatform } from "../platform.tsx";
import { href, restate, usePlace } from "../router.ts";
import { Field } from "../ui/field.tsx";
import { Card, Empty, Failed, PageHead, Read, Verdict } from "../ui/parts.tsx";
import { DataTable, type Column } from "../ui/table.tsx";
import { t as words } from "./text.ts";
import type { Period, TrialBalance, TrialLine } from "./types.ts";

export function Books() {
  const t = words();
  const { can } = usePlatform();
  const { query } = usePlace();
  const day = query.get("day") ?? "";
  const read = useLoad<TrialBalance>(`/v1/ledger/trial-balance${day ? `?as_of=${day}` : ""}`);
  const choose = (
    <label className="day">
      {t.day} <Input type="date" aria-label={t.day} value={day || (read.data?.as_of ?? "")} onChange={(event) => restate({ day: event.target.value })} />
    </label>
  );
  return (
    <>
      <PageHead title={t.title} sub={read.data ? t.asOf(read.data.as_of) : ""} actions={choose} />
      <div className="books">
        <Card title={t.trial} unit={t.trialUnit} className="flush">
          <Read of={read} rows={10}>
            {(found) => <Trial found={found} canOpen={can("GET /v1/ledger/accounts")} />}
          </Read>
        </Card>
        {can("GET /v1/ledger/periods") && <Periods />}
      </div>
    </>
  );
}

function Trial({ found, canOpen }: { found: TrialBalance; canOpen: boolean }) {
  const t = words();
  const wrong = Object.entries(found.sums_minor).filter(([, sum]) => sum !== 0);
  return (
    <>
      <Verdict kind={wrong.length === 0 ? "ok" : "bad"}>
        {wrong.length === 0 ? t.balanced : t.unbalanced(wrong.map(([currency, sum]) => `${currency} ${moneyInTable(sum)}`).join("，"))}
      </Verdict>
      <DataTable
        caption={t.trial}
        rows={found.lines}
        columns={columnsOf()}
        rowKey={(line) => `${line.kind}${line.currency}`}
        {...(canOpen ? { rowHref: (line: TrialLine) => href("ledger", { kind: line.kind }) } : {})}
        empty={
          <Empty title={t.none}>
            <p>{t.noneSub}</p>
          </Empty>
        }
      />
    </>
  );
}

function columnsOf(): Column<TrialLine>[] {
  const t = words();
  const amount = (minor: number) => (minor === 0 ? "" : moneyInTable(minor));
  return [
    { key: "kind", title: t.columns.kind, by: (line) => pick(line, "name"), cell: (line) => <b>{pick(line, "name")}</b> },
    { key: "holder", title: t.columns.holder, by: (line) => line.holder, cell: (line) => t.holders[line.holder] ?? line.holder },
    { key: "debit", title: t.columns.debit, align: "end", by: (line) => line.debit_minor, cell: (line) => amount(line.debit_minor) },
    { key: "credit", title: t.columns.credit, align: "end", by: (line) => line.credit_minor, cell: (line) => amount(line.credit_minor) },
  ];
}

function Periods() {
  const t = words();
  const { can } = usePlatform();
  const read = useLoad<{ items: Period[] }>("/v1/ledger/periods");
  return (
    <Card title={t.periods} unit={t.periodsUnit}>
      <Read of={read} rows={3}>
        {(found) =>
          found.items.length === 0 ? (
            <p className="hint">{t.noPeriods}</p>
          ) : (
            <ul className="periods">
              {found.items.map((one) => (
                <li key={`${one.cell}${one.closed_on}`}>
                  <b>
                    {one.opened_on} – {one.closed_on}
                  </b>
                  <small>
                    {t.period.at} {dateIso(one.closed_at)} {time(one.closed_at)}
                  </small>
                </li>
              ))}
            </ul>
          )
        }
      </Read>
      {can("POST /v1/ledger/periods") && <ClosePeriod />}
    </Card>
  );
}

function ClosePeriod() {
  const t = words();
  const [through, setThrough] = useState("");
  const deed = useDeed<{ approval: string }>();
  if (deed.done) return <Proposed approval={deed.done.approval} />;
  return (
    <form
      className="close-period"
      onSubmit={(event) => {
        event.preventDefault();
        if (through) void deed.run("/v1/ledger/periods", { through });
      }}
    >
      <Field label={t.through}>{(own) => <Input {...own} type="date" value={through} onChange={(event) => setThrough(event.target.value)} />}</Field>
      {deed.problem && <Failed problem={deed.problem} />}
      <Button htmlType="submit" loading={deed.isBusy} disabled={!through}>
        {t.close}
      </Button>
    </form>
  );
}

export function Proposed({ approval }: { approval: string }) {
  const t = words();
  const { can } = usePlatform();
  return (
    <>
      <Verdict kind="wait">{t.proposed}</Verdict>
      {can("GET /v1/operations/proposals") && <a href={href(`approvals/${approval}`)}>{t.toApprovals}</a>}
    </>
  );
}
