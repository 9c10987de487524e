/** Parts of the live page: badge, figures, and the frame of a chart with its table behind. */
import { Button } from "antd";
import { useState, type ReactNode } from "react";
import { text } from "../text.ts";

export type Status = "ok" | "info" | "wait" | "warn" | "bad" | "muted";

export function Badge({ kind, children }: { kind: Status; children: ReactNode }) {
  return (
    <span className={`badge ${kind}`}>
      <i className="mark" aria-hidden="true" />
      {children}
    </span>
  );
}

interface CardProps {
  title: string;
  unit: string;
  aside?: ReactNode;
  children: ReactNode;
}

export function Card({ title, unit, aside, children }: CardProps) {
  return (
    <section className="card" aria-label={title}>
      <header className="card-head">
        <h2>{title}</h2>
        <span className="unit">{unit}</span>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface FrameProps {
  title: string;
  unit: string;
  /** The finding in a sentence, for those who do not see the drawing. */
  finding: string;
  chart: ReactNode;
  table: () => ReactNode;
}

/** The height is kept before there is data and when the table takes the drawing's place. */
export function Frame({ title, unit, finding, chart, table }: FrameProps) {
  const t = text();
  const [isTable, setTable] = useState(false);
  return (
    <Card
      title={title}
      unit={unit}
      aside={
        <Button type="text" size="small" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? t.chart : t.table}
        </Button>
      }
    >
      <div className="frame">
        {isTable ? (
          table()
        ) : (
          <div role="img" aria-label={finding}>
            {chart}
          </div>
        )}
      </div>
    </Card>
  );
}

export function Facts({ rows }: { rows: [name: string, value: ReactNode][] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
