/** Parts of every page: badge, card, facts, verdict, deck, and the three states of what is read. */
import { Button } from "antd";
import { useId, useState, type ReactNode } from "react";
import { SIGN_BANKS } from "../../shared/sign.ts";
import type { Problem } from "../../shared/problem.ts";
import type { Loaded } from "../platform.tsx";
import { text } from "../text.ts";
import { Icon } from "./icon.tsx";

export type Status = "ok" | "info" | "wait" | "warn" | "bad" | "person" | "muted";

/** A hash is longer than anybody reads; its ends tell it from others, and the whole is copied. */
const LONG = 24;

/** A word, a colour and a shape. */
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
  unit?: ReactNode;
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}

export function Card({ title, unit, aside, className = "", children }: CardProps) {
  const id = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={id}>
      <header className="card-head">
        <h2 id={id}>{title}</h2>
        <span className="unit">{unit}</span>
        {aside}
      </header>
      {children}
    </section>
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

/** One sentence first: what holds, or what does not. */
export function Verdict({ kind, children }: { kind: "ok" | "warn" | "bad" | "wait"; children: ReactNode }) {
  return (
    <p className={`verdict ${kind}`} role="status">
      <i className="mark" aria-hidden="true" />
      <b>{children}</b>
    </p>
  );
}

/** The one line of our pages: a share of a whole, with its words beside it. */
export function Deck({ share, kind = "info", label }: { share: number; kind?: Status; label: string }) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, share)));
  return (
    <span className={`deck ${kind}`} role="img" aria-label={label}>
      <i style={{ width: `${percent}%` }} />
    </span>
  );
}

export interface Moment {
  key: string;
  title: ReactNode;
  detail?: ReactNode;
  at?: string;
  state: "done" | "now" | "next";
  kind?: Status;
}

/** The deck, upright: stamped, waiting, not yet. */
export function Timeline({ moments }: { moments: Moment[] }) {
  return (
    <ol className="timeline">
      {moments.map((one) => (
        <li key={one.key} className={`${one.state} ${one.kind ?? "info"}`}>
          <i aria-hidden="true" />
          <span>
            <b>{one.title}</b>
            {one.detail !== undefined && <small>{one.detail}</small>}
          </span>
          {one.at !== undefined && <time>{one.at}</time>}
        </li>
      ))}
    </ol>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <svg width="32" height="32" viewBox="0 0 32 32" aria-hidden="true">
        <rect x="3" y="4" width="26" height="5" rx="2.5" />
        <path d={SIGN_BANKS} />
      </svg>
      <b>{title}</b>
      {children}
    </div>
  );
}

/** What happened, that nothing was changed by it, under which number, and again. */
export function Failed({ problem, onAgain }: { problem: Problem; onAgain?: () => void }) {
  const t = text();
  return (
    <div className="failed" role="alert">
      <Icon name="warn" size={20} />
      <div>
        <b>{sayProblem(problem)}</b>
        {problem.requestId && <span>{t.reference(problem.requestId)}</span>}
      </div>
      {onAgain && <Button onClick={onAgain}>{t.again}</Button>}
    </div>
  );
}

/** The platform's own words stand behind ours: its code tells people of the trade what it is. */
export function sayProblem(problem: Problem): string {
  const t = text();
  if (problem.status === 0) return problem.code === "offline" ? t.faults.offline : t.faults.unreachable;
  const known: Record<string, string> = t.faults.codes;
  const said = known[problem.code];
  if (said) return said;
  if (problem.status >= 500) return t.faults.broken;
  return t.faults.refused(problem.detail || problem.code);
}

/** The shape of what comes; still for a second, then it breathes. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div className="skeletons" role="status" aria-label={text().loading}>
      {Array.from({ length: rows }, (_, n) => (
        <i key={n} style={{ width: `${92 - ((n * 17) % 38)}%` }} />
      ))}
    </div>
  );
}

interface ReadProps<T> {
  of: Loaded<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}

/** Loading, failed, or what was read. */
export function Read<T>({ of, rows, children }: ReadProps<T>) {
  if (of.problem) return <Failed problem={of.problem} onAgain={of.again} />;
  if (of.data === undefined) return <Skeleton {...(rows === undefined ? {} : { rows })} />;
  return children(of.data);
}

interface HeadProps {
  title: ReactNode;
  badge?: ReactNode;
  sub?: ReactNode;
  actions?: ReactNode;
}

export function PageHead({ title, badge, sub, actions }: HeadProps) {
  return (
    <div className="page-head">
      <div>
        <h1>
          {title} {badge}
        </h1>
        {sub !== undefined && <p>{sub}</p>}
      </div>
      {actions !== undefined && <div className="actions">{actions}</div>}
    </div>
  );
}

/** An id as it is written everywhere, with its copy. */
export function Id({ value }: { value: string }) {
  const t = text();
  const [isDone, setDone] = useState(false);
  const copy = async () => {
    // Without a secure context there is no clipboard; the id can be marked by hand all the same.
    await navigator.clipboard?.writeText(value).then(() => setDone(true), () => undefined);
  };
  return (
    <button type="button" className="id" onClick={() => void copy()} title={`${t.copy} ${value}`}>
      {value.length > LONG ? `${value.slice(0, 8)}…${value.slice(-8)}` : value}
      <span aria-live="polite">{isDone ? ` ${t.copied}` : ""}</span>
    </button>
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

/** A chart: the height is kept before there is data and when the table takes the drawing's place. */
export function Frame({ title, unit, finding, chart, table }: FrameProps) {
  const t = text();
  const [isTable, setTable] = useState(false);
  const swap = (
    <Button type="text" size="small" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
      {isTable ? t.chart : t.table}
    </Button>
  );
  return (
    <Card title={title} unit={unit} aside={swap}>
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
