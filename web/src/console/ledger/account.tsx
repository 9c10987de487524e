/** One account: its movements between two days, and its limits, which two persons change. */
import { Button, Input } from "antd";
import { useState } from "react";
import { count, dateIso, moneyInTable, parseMoney, time } from "../../shared/format.ts";
import { useDeed, useLoad, usePlatform } from "../platform.tsx";
import { href, restate, usePlace } from "../router.ts";
import { Field } from "../ui/field.tsx";
import { Card, Empty, Failed, Id, PageHead, Read, Timeline } from "../ui/parts.tsx";
import { DataTable, Foot, type Column } from "../ui/table.tsx";
import { limitsOf } from "./accounts.tsx";
import { t as words } from "./text.ts";
import { Proposed } from "./trial.tsx";
import type { AccountStatement, LedgerLine, LimitSet } from "./types.ts";

const DAY_MS = 86_400_000;
const DAYS = 30;
/** In fen this stays below what a number holds exactly. */
const DIGITS = 13;
const WHY_MIN = 3;
const WHY_MAX = 200;

export function AccountPage({ id }: { id: string }) {
  const { can } = usePlatform();
  const day = useLoad<{ business_date: string }>(can("GET /v1/operations/business-date") ? "/v1/operations/business-date" : null);
  if (day.isLoading) return null;
  return <Shown id={id} today={day.data?.business_date ?? dateIso(new Date())} />;
}

function Shown({ id, today }: { id: string; today: string }) {
  const t = words();
  const { can } = usePlatform();
  const { query } = usePlace();
  const to = query.get("to") ?? today;
  const from = query.get("from") ?? new Date(Date.parse(`${to}T00:00:00Z`) - DAYS * DAY_MS).toISOString().slice(0, 10);
  const read = useLoad<AccountStatement>(`/v1/ledger/accounts/${id}/statement?opened_on=${from}&closed_on=${to}`);
  const set = (key: string) => (event: { target: { value: string } }) => restate({ from, to, [key]: event.target.value });
  return (
    <>
      <PageHead
        title={t.statement}
        sub={<Id value={id} />}
        actions={
          <>
            <Input type="date" aria-label={t.from} value={from} onChange={set("from")} />
            <Input type="date" aria-label={t.to} value={to} onChange={set("to")} />
          </>
        }
      />
      <div className="books">
        <section className="card list" aria-label={t.statement}>
          <Read of={read} rows={8}>
            {(found) => <Statement found={found} />}
          </Read>
        </section>
        {can("GET /v1/ledger/accounts/{account}/limits") && <Limits id={id} />}
      </div>
    </>
  );
}

function Statement({ found }: { found: AccountStatement }) {
  const t = words();
  return (
    <>
      <dl className="ends">
        <div>
          <dt>{t.opening}</dt>
          <dd>{moneyInTable(found.opening_minor)}</dd>
        </div>
        <div>
          <dt>{t.closing}</dt>
          <dd>{moneyInTable(found.closing_minor)}</dd>
        </div>
      </dl>
      <DataTable
        caption={t.statement}
        rows={found.lines}
        columns={columnsOf()}
        rowKey={(line) => line.transfer}
        empty={<Empty title={t.noLines} />}
        foot={<Foot shown={found.lines.length}>{t.sums(count(found.lines.length))}</Foot>}
      />
    </>
  );
}

function columnsOf(): Column<LedgerLine>[] {
  const t = words();
  return [
    { key: "day", title: t.lines.day, by: (line) => line.business_date, cell: (line) => line.business_date },
    { key: "at", title: t.lines.at, by: (line) => line.at, cell: (line) => time(line.at) },
    {
      key: "code",
      title: t.lines.code,
      by: (line) => line.code,
      cell: (line) => `${line.code.replaceAll("_", " ")}${line.adjusts === null ? "" : `（${t.corrects(line.adjusts)}）`}`,
    },
    {
      key: "other",
      title: t.lines.counterparty,
      cell: (line) => (
        <a className="mono" href={href(`ledger/${line.counterparty}`)}>
          {line.counterparty}
        </a>
      ),
    },
    { key: "transfer", title: t.lines.transfer, cell: (line) => <Id value={line.transfer} /> },
    { key: "amount", title: t.lines.amount, align: "end", by: (line) => line.amount_minor, cell: (line) => moneyInTable(line.amount_minor) },
  ];
}

function Limits({ id }: { id: string }) {
  const t = words();
  const { can } = usePlatform();
  const read = useLoad<{ items: LimitSet[] }>(`/v1/ledger/accounts/${id}/limits`);
  return (
    <Card title={t.limits} unit={t.limitsSub}>
      <Read of={read} rows={2}>
        {(found) =>
          found.items.length === 0 ? (
            <p className="hint">{t.noHistory}</p>
          ) : (
            <Timeline
              moments={found.items.map((one, n) => ({
                key: one.at,
                title: limitsOf(one),
                detail: one.why,
                at: `${dateIso(one.at)} ${time(one.at).slice(0, 5)}`,
                state: "done",
                kind: n === 0 ? "info" : "muted",
              }))}
            />
          )
        }
      </Read>
      {can("POST /v1/ledger/accounts/{account}/limits") && <Propose id={id} />}
    </Card>
  );
}

function Propose({ id }: { id: string }) {
  const t = words();
  const [given, setGiven] = useState({ floor: "", ceiling: "", why: "" });
  const deed = useDeed<{ approval: string }>();
  if (deed.done) return <Proposed approval={deed.done.approval} />;
  const [floor, ceiling] = [parseMoney(given.floor, DIGITS), parseMoney(given.ceiling, DIGITS)];
  const why = given.why.trim();
  const isWhole = floor !== undefined && ceiling !== undefined && why.length >= WHY_MIN;
  const set = (key: keyof typeof given) => (event: { target: { value: string } }) => setGiven({ ...given, [key]: event.target.value });
  return (
    <form
      className="close-period"
      onSubmit={(event) => {
        event.preventDefault();
        if (isWhole) void deed.run(`/v1/ledger/accounts/${id}/limits`, { floor_minor: floor, ceiling_minor: ceiling, why });
      }}
    >
      <Field label={t.floor} error={floor === undefined ? t.badMoney : undefined}>
        {(own) => <Input {...own} inputMode="decimal" value={given.floor} onChange={set("floor")} />}
      </Field>
      <Field label={t.ceiling} error={ceiling === undefined ? t.badMoney : undefined}>
        {(own) => <Input {...own} inputMode="decimal" value={given.ceiling} onChange={set("ceiling")} />}
      </Field>
      <Field label={t.why} hint={t.whyHint}>
        {(own) => <Input {...own} maxLength={WHY_MAX} value={given.why} onChange={set("why")} />}
      </Field>
      {deed.problem && <Failed problem={deed.problem} />}
      <Button htmlType="submit" loading={deed.isBusy} disabled={!isWhole}>
        {t.proposeDo}
      </Button>
    </form>
  );
}
