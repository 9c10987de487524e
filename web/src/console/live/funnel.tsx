/** The funnel: bars from one edge, counts, and each step's share of the one before. */
import { Table } from "antd";
import { count, share } from "../../shared/format.ts";
import type { Live } from "../../shared/types.ts";
import { Badge, Frame } from "../ui/parts.tsx";
import { live as words } from "./text.ts";

const STEPS = ["submitted", "offers", "accepted", "signed", "funded", "settled"] as const;
/** A loan is settled months later: that step tells of time, not of a drop. */
const DROPS = 5;

interface Row {
  key: string;
  name: string;
  n: number;
  before: number | undefined;
}

function rowsOf(live: Live): Row[] {
  const t = words();
  return STEPS.map((step, at) => {
    const before = STEPS[at - 1];
    return { key: step, name: t.steps[step], n: live.funnel[step], before: before && live.funnel[before] };
  });
}

function largestDrop(rows: Row[]): [Row, Row] | undefined {
  let found: [Row, Row] | undefined;
  let least = 1;
  for (let at = 1; at < DROPS; at++) {
    const [from, to] = [rows[at - 1], rows[at]];
    if (from && to && from.n > 0 && to.n / from.n < least) {
      least = to.n / from.n;
      found = [from, to];
    }
  }
  return found;
}

export function Funnel({ live }: { live: Live }) {
  const t = words();
  const rows = rowsOf(live);
  const most = Math.max(1, ...rows.map((row) => row.n));
  const drop = largestDrop(rows);
  const finding = drop ? t.funnelFinding(drop[0].name, drop[1].name, share(drop[1].n, drop[0].n)) : "";
  return (
    <Frame
      title={t.funnel}
      unit={t.funnelUnit}
      finding={finding || t.funnel}
      table={() => <FunnelTable rows={rows} />}
      chart={
        <>
          <ul className="funnel">
            {rows.map((row) => (
              <li key={row.key}>
                <span>{row.name}</span>
                <span className="track">
                  <i style={{ width: `${(100 * row.n) / most}%` }} />
                </span>
                <b>{count(row.n)}</b>
                <span className={drop?.[1] === row ? "drop" : "hint"}>
                  {row.before === undefined ? "" : share(row.n, row.before)}
                </span>
              </li>
            ))}
          </ul>
          <p className="finding">{finding}</p>
          <p className="outcomes">
            <Badge kind="muted">
              {t.outcomes.declined} {count(live.funnel.declined)}
            </Badge>
            <Badge kind="wait">
              {t.outcomes.review} {count(live.funnel.review)}
            </Badge>
          </p>
        </>
      }
    />
  );
}

function FunnelTable({ rows }: { rows: Row[] }) {
  const t = words();
  return (
    <Table
      size="small"
      pagination={false}
      dataSource={rows}
      columns={[
        { title: t.columns.step, dataIndex: "name" },
        { title: t.columns.count, dataIndex: "n", align: "right", render: (n: number) => count(n) },
        {
          title: t.columns.share,
          dataIndex: "before",
          align: "right",
          render: (before: number | undefined, row: Row) => (before === undefined ? "" : share(row.n, before)),
        },
      ]}
    />
  );
}
