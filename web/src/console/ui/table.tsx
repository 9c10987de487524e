/** A table: header stays, figures right, sort in the header, rows are links or can be chosen; arrows move. */
import { useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { restate, usePlace } from "../router.ts";
import { text } from "../text.ts";

export interface Column<T> {
  key: string;
  title: string;
  align?: "end";
  /** Words that may take more than one line. */
  wraps?: boolean;
  /** What it is sorted by; without it the column cannot be. */
  by?: (row: T) => string | number;
  cell: (row: T) => ReactNode;
  /** As it is written to a file; what the cell shows where it is plain text. */
  plain?: (row: T) => string | number;
}

interface TableProps<T> {
  /** What stands in it, for those who hear it. */
  caption: string;
  rows: readonly T[];
  columns: Column<T>[];
  rowKey: (row: T) => string;
  rowHref?: (row: T) => string;
  onPick?: (row: T) => void;
  picked?: string | undefined;
  empty: ReactNode;
  foot?: ReactNode;
  /** At most so many are shown, the first in the order that is asked for. */
  most?: number;
  /** The order stands in the address too, so that a saved view holds it. */
  isInAddress?: boolean;
}

type Order = { key: string; isDown: boolean } | undefined;

export function DataTable<T>(props: TableProps<T>) {
  const { caption, columns, rowKey, rowHref, onPick, picked, empty, foot } = props;
  const [order, turn] = useOrder(props.isInAddress ?? false);
  const rows = useMemo(() => sorted(props.rows, columns, order), [props.rows, columns, order?.key, order?.isDown]);
  return (
    <>
      <div className="table-wrap" role="group" aria-label={caption} tabIndex={0}>
        <table className="table">
          <caption className="unseen">{caption}</caption>
          <thead>
            <tr>
              {columns.map((one) => (
                <Head key={one.key} column={one} order={order} onTurn={turn} />
              ))}
            </tr>
          </thead>
          <tbody onKeyDown={move}>
            {rows.slice(0, props.most).map((row) => (
              <Row key={rowKey(row)} {...{ row, columns, rowHref, onPick }} isPicked={picked === rowKey(row)} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && empty}
      </div>
      {foot !== undefined && <footer className="table-foot">{foot}</footer>}
    </>
  );
}

/** Up, down, as it came. */
function turned(was: Order, key: string): Order {
  if (was?.key !== key) return { key, isDown: false };
  return was.isDown ? undefined : { key, isDown: true };
}

function useOrder(isInAddress: boolean): [Order, (key: string) => void] {
  const { query } = usePlace();
  const [own, setOwn] = useState<Order>();
  if (!isInAddress) return [own, (key) => setOwn((was) => turned(was, key))];
  const told = query.get("sort") ?? "";
  const order = told === "" ? undefined : { key: told.replace(/^-/, ""), isDown: told.startsWith("-") };
  return [
    order,
    (key) => {
      const next = turned(order, key);
      restate({ ...Object.fromEntries(query), sort: next ? `${next.isDown ? "-" : ""}${next.key}` : "" });
    },
  ];
}

function Head<T>({ column, order, onTurn }: { column: Column<T>; order: Order; onTurn(key: string): void }) {
  const own = order?.key === column.key ? order : undefined;
  const state = own ? (own.isDown ? "descending" : "ascending") : "none";
  const mark = own ? (own.isDown ? " ↓" : " ↑") : "";
  return (
    <th scope="col" className={column.align} {...(column.by ? { "aria-sort": state } : {})}>
      {column.by ? (
        <button type="button" onClick={() => onTurn(column.key)}>
          {column.title}
          <span aria-hidden="true">{mark}</span>
        </button>
      ) : (
        column.title
      )}
    </th>
  );
}

interface RowProps<T> {
  row: T;
  columns: Column<T>[];
  rowHref: ((row: T) => string) | undefined;
  onPick: ((row: T) => void) | undefined;
  isPicked: boolean;
}

/** The first cell carries the link or the button; a click anywhere in the row does the same. */
function Row<T>({ row, columns, rowHref, onPick, isPicked }: RowProps<T>) {
  const target = rowHref?.(row);
  const open = () => {
    if (onPick) onPick(row);
    else if (target !== undefined && getSelection()?.isCollapsed !== false) location.assign(target);
  };
  const isOpen = target !== undefined || onPick !== undefined;
  return (
    <tr className={`${isOpen ? "opens" : ""} ${isPicked ? "picked" : ""}`} onClick={isOpen ? open : undefined}>
      {columns.map((one, at) => (
        <td key={one.key} className={`${one.align ?? ""} ${one.wraps ? "wraps" : ""}`}>
          {at === 0 ? <First {...{ target, onPick, isPicked, row }}>{one.cell(row)}</First> : one.cell(row)}
        </td>
      ))}
    </tr>
  );
}

interface FirstProps<T> {
  row: T;
  target: string | undefined;
  onPick: ((row: T) => void) | undefined;
  isPicked: boolean;
  children: ReactNode;
}

function First<T>({ row, target, onPick, isPicked, children }: FirstProps<T>) {
  if (target !== undefined)
    return (
      <a href={target} onClick={(event) => event.stopPropagation()}>
        {children}
      </a>
    );
  if (onPick)
    return (
      <button
        type="button"
        className="plain"
        aria-pressed={isPicked}
        onClick={(event) => {
          event.stopPropagation();
          onPick(row);
        }}
      >
        {children}
      </button>
    );
  return children;
}

function move(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const targets = [...event.currentTarget.querySelectorAll<HTMLElement>("td:first-child > a, td:first-child > button")];
  const next = targets[targets.indexOf(document.activeElement as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function sorted<T>(rows: readonly T[], columns: Column<T>[], order: Order): readonly T[] {
  const by = columns.find((one) => one.key === order?.key)?.by;
  if (!order || !by) return rows;
  const sign = order.isDown ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [by(one), by(other)];
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  });
}

/** The line below a table: how many are shown, and the way to more. */
export function Foot({ shown, children }: { shown: number; children?: ReactNode }) {
  const t = text();
  return (
    <>
      <span>{t.shown(shown)}</span>
      <span className="keys">{t.moveKeys}</span>
      {children}
    </>
  );
}
