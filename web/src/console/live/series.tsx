/** Lines over the last minutes, drawn by ECharts when its code has come; the table needs none of it. */
import { Table } from "antd";
import { lazy, Suspense } from "react";
import { time } from "../../shared/format.ts";
import type { Live } from "../../shared/types.ts";
import { Frame } from "../ui/parts.tsx";
import { text as frame } from "../text.ts";
import { live as words } from "./text.ts";

const Lines = lazy(() => import("./lines.tsx").then((found) => ({ default: found.Lines })));
/** A table of every second would be no easier to read than the drawing. */
const ROWS_MAX = 8;

export interface Line {
  name: string;
  /** At each sample; null where there was nothing yet. */
  values: (number | null)[];
  /** Of the chart colours 1 to 6. */
  colour: 1 | 2 | 3 | 4 | 5 | 6;
  dash: "solid" | "dashed" | "dotted";
}

interface SeriesProps {
  title: string;
  unit: string;
  finding: string;
  samples: readonly Live[];
  lines: Line[];
  isEmpty: boolean;
}

export function Series({ title, unit, finding, samples, lines, isEmpty }: SeriesProps) {
  const t = words();
  const at = samples.map((one) => one.at);
  const chart = isEmpty ? (
    <p className="hint">{t.noDecision}</p>
  ) : (
    <Suspense fallback={<p className="hint">{frame().loading}</p>}>
      <Lines at={at} lines={lines} />
    </Suspense>
  );
  return (
    <Frame
      title={title}
      unit={unit}
      finding={isEmpty ? t.noDecision : finding}
      chart={chart}
      table={() => <SeriesTable at={at} lines={lines} />}
    />
  );
}

function SeriesTable({ at, lines }: { at: string[]; lines: Line[] }) {
  const t = words();
  const first = Math.max(0, at.length - ROWS_MAX);
  const rows = at.slice(first).map((when, n) => ({ key: when, when, n: first + n }));
  return (
    <Table
      size="small"
      pagination={false}
      dataSource={rows.reverse()}
      columns={[
        { title: t.columns.at, dataIndex: "when", render: (when: string) => time(when) },
        ...lines.map((line) => ({
          title: line.name,
          key: line.name,
          align: "right" as const,
          render: (_: unknown, row: { n: number }) => line.values[row.n] ?? "—",
        })),
      ]}
    />
  );
}
