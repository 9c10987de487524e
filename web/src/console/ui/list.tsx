/** A table with all a table has: search, choices, sorting and views in the address, a file, its three states. */
import { Button } from "antd";
import { useState, type ReactNode } from "react";
import { dateIso } from "../../shared/format.ts";
import type { Problem } from "../../shared/problem.ts";
import { restate, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { csv, FilterBar, saveFile, seek, type Choice } from "./filters.tsx";
import { Empty, Failed, Skeleton } from "./parts.tsx";
import { DataTable, Foot, type Column } from "./table.tsx";

/** More rows than this are shown when they are asked for; a file holds all. */
const SHOWN = 50;

export interface RowChoice<T> extends Choice {
  /** What of a row the choice is about; without it the server was asked. */
  of?: (row: T) => string | readonly string[];
}

interface ListProps<T> {
  /** Under which views are kept and the file is named. */
  screen: string;
  caption: string;
  rows: readonly T[] | undefined;
  columns: Column<T>[];
  rowKey: (row: T) => string;
  choices?: RowChoice<T>[];
  problem?: Problem | undefined;
  onAgain?: () => void;
  isLoading?: boolean;
  more?: (() => void) | undefined;
  rowHref?: (row: T) => string;
  onPick?: (row: T) => void;
  picked?: string | undefined;
  empty: ReactNode;
  /** Stands above the bar: tabs. */
  head?: ReactNode;
}

export function List<T>(props: ListProps<T>) {
  const { screen, caption, columns, choices = [], problem, isLoading = false, more } = props;
  const frame = text();
  const { query } = usePlace();
  const [most, setMost] = useState(SHOWN);
  const isFiltered = [...query.keys()].some((key) => key === "q" || choices.some((one) => one.key === key));
  const rows = props.rows && seek(chosen(props.rows, choices, query), columns, query.get("q") ?? "");
  return (
    <section className="card list" aria-label={caption}>
      {props.head}
      <FilterBar
        screen={screen}
        choices={choices}
        onFile={rows && rows.length > 0 ? () => saveFile(`${screen}-${dateIso(new Date())}.csv`, csv(rows, columns)) : undefined}
      />
      {problem && <Failed problem={problem} {...(props.onAgain ? { onAgain: props.onAgain } : {})} />}
      {rows === undefined || (isLoading && rows.length === 0) ? (
        !problem && <Skeleton rows={8} />
      ) : (
        <DataTable
          caption={caption}
          rows={rows}
          columns={columns}
          rowKey={props.rowKey}
          isInAddress
          most={most}
          {...(props.rowHref ? { rowHref: props.rowHref } : {})}
          {...(props.onPick ? { onPick: props.onPick } : {})}
          picked={props.picked}
          empty={isFiltered ? <Filtered choices={choices} /> : props.empty}
          foot={
            <Foot shown={Math.min(most, rows.length)}>
              {most < rows.length && <Button onClick={() => setMost(most + SHOWN)}>{frame.more}</Button>}
              {most >= rows.length && more && (
                <Button
                  loading={isLoading}
                  onClick={() => {
                    setMost(most + SHOWN);
                    more();
                  }}
                >
                  {frame.more}
                </Button>
              )}
            </Foot>
          }
        />
      )}
    </section>
  );
}

/** Which condition to drop: each is named, with its own way out. */
function Filtered({ choices }: { choices: Choice[] }) {
  const frame = text();
  const { query } = usePlace();
  const drop = (key: string) => restate(Object.fromEntries([...query].filter(([each]) => each !== key)));
  const standing = choices.filter((one) => query.get(one.key));
  const wanted = query.get("q");
  return (
    <Empty title={frame.filteredEmpty}>
      <p>{frame.filteredEmptySub}</p>
      <div className="actions">
        {wanted && <Button onClick={() => drop("q")}>{frame.drop(wanted)}</Button>}
        {standing.map((one) => (
          <Button key={one.key} onClick={() => drop(one.key)}>
            {frame.drop(one.title)}
          </Button>
        ))}
      </div>
    </Empty>
  );
}

function chosen<T>(rows: readonly T[], choices: RowChoice<T>[], query: URLSearchParams): readonly T[] {
  return choices.reduce((left, one) => {
    const wanted = query.get(one.key);
    const of = one.of;
    if (!wanted || !of) return left;
    return left.filter((row) => {
      const found = of(row);
      return typeof found === "string" ? found === wanted : found.includes(wanted);
    });
  }, rows);
}

/** Tabs that stand in the address; the first is the page's own. */
export function Tabs({ label, at, tabs, counts = {} }: { label: string; at: string; tabs: [key: string, title: string][]; counts?: Record<string, number> }) {
  return (
    <div className="tabs" role="group" aria-label={label}>
      {tabs.map(([key, title]) => (
        <button key={key} type="button" aria-pressed={key === at} onClick={() => restate({ tab: key })}>
          {title} {counts[key] !== undefined && <small>{counts[key]}</small>}
        </button>
      ))}
    </div>
  );
}
