/** The day end: how far each cell has come, closing through a day, and what was compared. */
import { Button, Input } from "antd";
import { useEffect, useState } from "react";
import { count, moneyInTable } from "../../shared/format.ts";
import { useDeed, useLoad, usePlatform } from "../platform.tsx";
import { words } from "../text.ts";
import { Field } from "../ui/field.tsx";
import { Badge, Card, Deck, Failed, PageHead, Read, Verdict } from "../ui/parts.tsx";
import { DataTable } from "../ui/table.tsx";
import "../ledger/ledger.css";

const ASK_MS = 1_000;

interface Ends {
  business_date: string;
  cells: { cell: number; date: string; chunks_done: number; chunks: number; is_closed: boolean }[];
}

interface Closed {
  closed: { date: string; loans: number; accrued_minor: number; pairs_compared: number; differences: number; invariant: string }[];
  business_date: string;
}

const zh = {
  title: "日终",
  sub: (day: string) => `现在开着的营业日：${day}`,
  progress: "进度",
  progressUnit: "每一格按块推进，中断后从原处继续",
  none: "还没有关过一天",
  cell: (n: number) => `第 ${n} 格`,
  chunks: (done: string, all: string) => `${done} / ${all} 块`,
  closed: "已完成",
  running: "进行中",
  close: "关到这一天",
  closeSub: "从开着的那天起，一天一天关。每一天都要余额和借款逐项相等，否则整个停下。",
  through: "关到哪一天",
  closing: "正在关",
  done: (n: string) => `已完成，关了 ${n} 天，差 0.00。`,
  nothing: "这一天早已关上，没有改变。",
  result: "刚关上的",
  columns: { date: "日期", loans: "借款", accrued: "计息（元）", pairs: "核对的对数", differences: "差异" },
};

const en: typeof zh = {
  title: "Day end",
  sub: (day) => `Open business date: ${day}`,
  progress: "Progress",
  progressUnit: "each cell goes on chunk by chunk, and where it stood after a cut",
  none: "No day was closed yet",
  cell: (n) => `Cell ${n}`,
  chunks: (done, all) => `${done} of ${all} chunks`,
  closed: "Done",
  running: "Running",
  close: "Close through this day",
  closeSub: "Day by day from the open one. On each, balances and loans have to agree in every part, or all of it stops.",
  through: "Close through",
  closing: "Closing",
  done: (n) => `Done: ${n} days closed, difference 0.00.`,
  nothing: "That day was closed before; nothing changed.",
  result: "Closed just now",
  columns: { date: "Date", loans: "Loans", accrued: "Accrued (yuan)", pairs: "Pairs compared", differences: "Differences" },
};

const t = words(zh, en);

export default function DayEnd() {
  const w = t();
  const { can } = usePlatform();
  const read = useLoad<Ends>("/v1/operations/day-ends");
  const deed = useDeed<Closed>(read.again);
  const { again } = read;
  useEffect(() => {
    if (!deed.isBusy) return;
    const clock = setInterval(again, ASK_MS);
    return () => clearInterval(clock);
  }, [deed.isBusy, again]);
  return (
    <>
      <PageHead title={w.title} sub={w.sub(read.data?.business_date ?? "—")} />
      <div className="books">
        <div>
          <Card title={w.progress} unit={w.progressUnit}>
            <Read of={read} rows={3}>
              {(found) => <Cells found={found} />}
            </Read>
          </Card>
          {deed.done && <Result done={deed.done} />}
        </div>
        {can("POST /v1/operations/day-ends") && (
          <Card title={w.close}>
            <p className="hint">{w.closeSub}</p>
            <Close key={read.data?.business_date ?? ""} open={read.data?.business_date ?? ""} isBusy={deed.isBusy} onClose={(through) => void deed.run("/v1/operations/day-ends", { through })} />
            {deed.problem && <Failed problem={deed.problem} />}
          </Card>
        )}
      </div>
    </>
  );
}

function Cells({ found }: { found: Ends }) {
  const w = t();
  if (found.cells.length === 0) return <p className="hint">{w.none}</p>;
  return (
    <ul className="cells">
      {found.cells.map((one) => (
        <li key={one.cell}>
          <span>
            <b>{w.cell(one.cell)}</b> {one.date}
          </span>
          <Deck
            share={one.chunks === 0 ? 1 : one.chunks_done / one.chunks}
            kind={one.is_closed ? "ok" : "info"}
            label={w.chunks(count(one.chunks_done), count(one.chunks))}
          />
          <span>{w.chunks(count(one.chunks_done), count(one.chunks))}</span>
          <Badge kind={one.is_closed ? "ok" : "wait"}>{one.is_closed ? w.closed : w.running}</Badge>
        </li>
      ))}
    </ul>
  );
}

function Close({ open, isBusy, onClose }: { open: string; isBusy: boolean; onClose(through: string): void }) {
  const w = t();
  const [through, setThrough] = useState(open);
  return (
    <form
      className="close-period"
      onSubmit={(event) => {
        event.preventDefault();
        if (through) onClose(through);
      }}
    >
      <Field label={w.through}>{(own) => <Input {...own} type="date" value={through} onChange={(event) => setThrough(event.target.value)} />}</Field>
      <Button type="primary" htmlType="submit" loading={isBusy} disabled={!through}>
        {isBusy ? w.closing : w.close}
      </Button>
    </form>
  );
}

function Result({ done }: { done: Closed }) {
  const w = t();
  return (
    <Card title={w.result} className="flush">
      <Verdict kind="ok">{done.closed.length === 0 ? w.nothing : w.done(count(done.closed.length))}</Verdict>
      <DataTable
        caption={w.result}
        rows={done.closed}
        rowKey={(one) => one.date}
        empty={null}
        columns={[
          { key: "date", title: w.columns.date, cell: (one) => one.date },
          { key: "loans", title: w.columns.loans, align: "end", cell: (one) => count(one.loans) },
          { key: "accrued", title: w.columns.accrued, align: "end", cell: (one) => moneyInTable(one.accrued_minor) },
          { key: "pairs", title: w.columns.pairs, align: "end", cell: (one) => count(one.pairs_compared) },
          { key: "differences", title: w.columns.differences, align: "end", cell: (one) => count(one.differences) },
        ]}
      />
    </Card>
  );
}
