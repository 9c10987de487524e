/** Price experiments: the plan, each grid's interval against the published one, the switch, and a new proposal. */
import { Button, Input } from "antd";
import { useState, type ReactNode } from "react";
import { count, dateIso, moneyInTable, share, time } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { useDeed, useLoad, usePlatform } from "../platform.tsx";
import { href, restate, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { wordOf } from "../ui/cases.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { List } from "../ui/list.tsx";
import { Badge, Card, Empty, Facts, Failed, Frame, Id, Read, Verdict, type Status } from "../ui/parts.tsx";
import { DataTable, type Column } from "../ui/table.tsx";
import type { Desk } from "../lenders/types.ts";
import { Propose } from "./propose.tsx";
import { t as words } from "./text.ts";
import "./products.css";

const WHY_MIN = 3;
const WHY_MAX = 200;
const PPM = 1_000_000;
const FEN = 100;
const STATE: Record<string, Status> = { proposed: "person", approved: "wait", waiting: "wait", running: "info", ended: "muted", stopped: "bad", rejected: "bad" };

interface Experiment {
  experiment: string;
  name: string;
  why: string;
  lender: string;
  state: string;
  looks_at: string[];
  arms: { name: string; lower_bps: number[] }[];
  weights_ppm: number[];
  block_minutes: number;
  starts_at: string;
  ends_at: string;
  band_bps: number;
  stopped_why: string | null;
  fault: string | null;
}

interface Interval {
  value: number;
  low: number | null;
  high: number | null;
}

interface Arm {
  name: string;
  cases: number;
  accepted: { of: number; taken: number };
  own: Interval;
  above_published: Interval;
}

interface Told {
  experiment: Experiment;
  learnt: { cases: number; blocks: number; best: string; regret_to_published_minor: number; arms: Arm[] } | null;
}

export function Experiments({ head, desks, mayPropose }: { head: ReactNode; desks: Desk[]; mayPropose: boolean }) {
  const t = words();
  const { query } = usePlace();
  const [isNew, setNew] = useState(false);
  const read = useLoad<{ items: Experiment[] }>("/v1/operations/price-experiments");
  const picked = query.get("experiment") ?? read.data?.items[0]?.experiment;
  const states = [...new Set(read.data?.items.map((one) => one.state))];
  return (
    <div className="desk">
      <List
        screen="experiments"
        caption={t.tabs.experiments}
        head={head}
        rows={read.data?.items}
        problem={read.problem}
        onAgain={read.again}
        columns={columnsOf(desks)}
        rowKey={(one) => one.experiment}
        onPick={(one) => restate({ ...Object.fromEntries(query), experiment: one.experiment })}
        picked={picked}
        choices={[{ key: "state", title: t.experimentColumns.state, options: states.map((one) => [one, wordOf(t.states, one)]), of: (one) => one.state }]}
        empty={
          <Empty title={t.none}>
            <p>{t.noneSub}</p>
          </Empty>
        }
      />
      <aside className="plain-aside" aria-label={t.pick}>
        {mayPropose && (
          <Button type="primary" onClick={() => setNew(true)}>
            {t.propose}
          </Button>
        )}
        {picked ? (
          <One key={picked} id={picked} onChange={read.again} />
        ) : (
          <section className="card">
            <Empty title={t.pick}>
              <p>{t.pickSub}</p>
            </Empty>
          </section>
        )}
      </aside>
      {isNew && (
        <Propose
          desks={desks}
          onClose={() => {
            setNew(false);
            read.again();
          }}
        />
      )}
    </div>
  );
}

function columnsOf(desks: Desk[]): Column<Experiment>[] {
  const t = words();
  const lender = (code: string) => {
    const found = desks.find((one) => one.lender === code);
    return found ? pick(found, "name") : code;
  };
  return [
    { key: "name", title: t.experimentColumns.name, by: (one) => one.name, cell: (one) => <b>{one.name}</b>, plain: (one) => one.name },
    { key: "lender", title: t.experimentColumns.lender, by: (one) => lender(one.lender), cell: (one) => lender(one.lender) },
    { key: "state", title: t.experimentColumns.state, by: (one) => one.state, cell: (one) => <Badge kind={STATE[one.state] ?? "muted"}>{wordOf(t.states, one.state)}</Badge>, plain: (one) => wordOf(t.states, one.state) },
    { key: "arms", title: t.experimentColumns.arms, align: "end", by: (one) => one.arms.length, cell: (one) => one.arms.length },
    { key: "starts", title: t.experimentColumns.starts, by: (one) => one.starts_at, cell: (one) => stamp(one.starts_at) },
    { key: "ends", title: t.experimentColumns.ends, by: (one) => one.ends_at, cell: (one) => stamp(one.ends_at) },
    { key: "block", title: t.experimentColumns.block, align: "end", by: (one) => one.block_minutes, cell: (one) => t.block(one.block_minutes) },
  ];
}

function One({ id, onChange }: { id: string; onChange(): void }) {
  const read = useLoad<Told>(`/v1/operations/price-experiments/${id}`);
  return (
    <Read of={read}>
      {(found) => (
        <>
          <Plan of={found.experiment} onChange={() => {
            read.again();
            onChange();
          }} />
          <Learnt of={found.learnt} />
        </>
      )}
    </Read>
  );
}

function Plan({ of, onChange }: { of: Experiment; onChange(): void }) {
  const t = words();
  const frame = text();
  return (
    <Card title={t.plan} unit={<Id value={of.experiment} />} aside={<Badge kind={STATE[of.state] ?? "muted"}>{wordOf(t.states, of.state)}</Badge>}>
      {of.fault && <Verdict kind="bad">{t.fault(of.fault)}</Verdict>}
      {of.stopped_why && <Verdict kind="warn">{t.stoppedBecause(of.stopped_why)}</Verdict>}
      <Facts
        rows={[
          [t.why, of.why],
          [t.looksAt, of.looks_at.map((one) => wordOf(t.looks, one)).join(frame.listed)],
          [t.weights, of.weights_ppm.map((one) => share(one, PPM)).join(" / ")],
          [t.bandBps, of.band_bps],
          ...of.arms.map((arm) => [`${arm.name} · ${t.lower}`, arm.lower_bps.join(", ")] as [string, ReactNode]),
        ]}
      />
      <Stop of={of} onChange={onChange} />
    </Card>
  );
}

function Stop({ of, onChange }: { of: Experiment; onChange(): void }) {
  const t = words();
  const { can } = usePlatform();
  const [isOpen, setOpen] = useState(false);
  const [why, setWhy] = useState("");
  const deed = useDeed<unknown>(onChange);
  if (!can("POST /v1/operations/price-experiments/{experiment}/stop") || !["approved", "waiting", "running"].includes(of.state)) return null;
  const isShort = why.trim().length < WHY_MIN;
  return (
    <>
      <p className="pad-top">
        <Button danger onClick={() => setOpen(true)}>
          {t.stop}
        </Button>
      </p>
      {isOpen && (
        <Dialog title={t.stop} onClose={() => setOpen(false)}>
          <p>{t.stopSub}</p>
          {deed.done !== undefined ? (
            <Verdict kind="warn">{t.stopped}</Verdict>
          ) : (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                if (!isShort) void deed.run(`/v1/operations/price-experiments/${of.experiment}/stop`, { why: why.trim() });
              }}
            >
              <Field label={t.reason} hint={t.reasonHint}>
                {(own) => <Input {...own} value={why} maxLength={WHY_MAX} onChange={(event) => setWhy(event.target.value)} />}
              </Field>
              {deed.problem && <Failed problem={deed.problem} />}
              <div className="actions">
                <Button danger type="primary" htmlType="submit" loading={deed.isBusy} disabled={isShort}>
                  {t.stop}
                </Button>
              </div>
            </form>
          )}
        </Dialog>
      )}
    </>
  );
}

function Learnt({ of }: { of: Told["learnt"] }) {
  const t = words();
  if (of === null) {
    return (
      <Card title={t.learnt}>
        <p className="hint">{t.learntNone}</p>
      </Card>
    );
  }
  const finding = t.best(of.best, moneyInTable(-of.regret_to_published_minor));
  const columns: Column<Arm>[] = [
    { key: "name", title: t.armColumns.name, cell: (one) => <b>{one.name}</b> },
    { key: "cases", title: t.armColumns.cases, align: "end", cell: (one) => count(one.cases) },
    { key: "accepted", title: t.armColumns.accepted, align: "end", cell: (one) => share(one.accepted.taken, one.accepted.of) },
    { key: "own", title: t.armColumns.own, align: "end", cell: (one) => one.own.value.toFixed(0) },
    { key: "above", title: t.armColumns.above, align: "end", cell: (one) => told(one.above_published) },
  ];
  return (
    <>
      <Frame title={t.chart} unit={t.chartUnit} finding={finding} chart={<Bars arms={of.arms} finding={finding} />} table={() => <DataTable caption={t.learnt} rows={of.arms} rowKey={(one) => one.name} columns={columns} empty={null} />} />
      <p className="hint">{t.learntUnit(count(of.cases), count(of.blocks))}</p>
    </>
  );
}

function told(one: Interval): string {
  const t = words();
  if (one.low === null || one.high === null) return `${one.value.toFixed(0)} · ${t.tooFew}`;
  return t.interval(one.value.toFixed(0), one.low.toFixed(0), one.high.toFixed(0));
}

/** One line an arm around nought: the interval as a band, its middle as a mark. */
function Bars({ arms, finding }: { arms: Arm[]; finding: string }) {
  const t = words();
  const ends = arms.flatMap(({ above_published: one }) => [one.value, one.low ?? one.value, one.high ?? one.value]);
  const widest = Math.max(FEN, ...ends.map(Math.abs));
  const at = (value: number) => `${50 + (45 * value) / widest}%`;
  return (
    <>
      <ul className="intervals">
        {arms.map((arm) => {
          const one = arm.above_published;
          const [low, high] = [one.low ?? one.value, one.high ?? one.value];
          return (
            <li key={arm.name}>
              <span>{arm.name}</span>
              <span className="line">
                <i style={{ left: at(low), width: `calc(${at(high)} - ${at(low)})` }} />
                <em style={{ left: at(one.value) }} />
              </span>
              <b>{one.value.toFixed(0)}</b>
            </li>
          );
        })}
      </ul>
      <p className="finding">{finding}</p>
      <p className="hint">{t.chartUnit}</p>
    </>
  );
}

function stamp(at: string): string {
  return `${dateIso(at)} ${time(at).slice(0, 5)}`;
}

export function approvalLink(approval: string): ReactNode {
  const t = words();
  return (
    <>
      <Verdict kind="wait">{t.proposed}</Verdict>
      <a href={href(`approvals/${approval}`)}>{t.toApprovals}</a>
    </>
  );
}
