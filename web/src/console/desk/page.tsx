/** The review desk: what waits for a person on the left, one case with what can be done on the right. */
import { Button } from "antd";
import { useEffect } from "react";
import { count, daysBetween, dateIso, moneyInTable } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { useLoad, usePlatform } from "../platform.tsx";
import { restate, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { caseWords, wordOf } from "../ui/cases.ts";
import { FilterBar, seek } from "../ui/filters.tsx";
import { usePages } from "../ui/pages.ts";
import { Badge, Deck, Empty, Failed, PageHead, Skeleton, type Status } from "../ui/parts.tsx";
import { DataTable, Foot, type Column } from "../ui/table.tsx";
import { CasePanel } from "./case.tsx";
import { t as words } from "./text.ts";
import type { Coded, Desk, Review } from "./types.ts";
import "./desk.css";

const QUEUES = ["rules", "asked", "links", "documents"] as const;
const PAGE = 50;
/** A deadline this near is told in amber; the law's own days are five to ten. */
const NEAR_DAYS = 1;
const WHOLE_DAYS = 7;

export default function DeskPage() {
  const t = words();
  const { can } = usePlatform();
  const { query } = usePlace();
  const queue = QUEUES.find((one) => one === query.get("queue")) ?? "rules";
  const read = usePages<Review>("/v1/reviews", `queue=${queue}`, PAGE);
  const desk = useLoad<Desk>("/v1/reviews/desk");
  const columns = columnsOf(desk.data?.reasons ?? []);
  const rows = seek(read.rows, columns, query.get("q") ?? "");
  const picked = rows.find((one) => one.application === query.get("case"));
  const open = (one: Review) => restate({ ...Object.fromEntries(query), case: one.application });
  const first = rows[0];
  useNextKey(() => first && open(first));
  const n = `${count(read.rows.length)}${read.more ? "+" : ""}`;
  return (
    <>
      <PageHead
        title={read.isLoading || read.rows.length > 0 ? t.title(read.isLoading ? "…" : n) : t.none}
        sub={t.sub}
        actions={
          first && (
            <Button type="primary" onClick={() => open(first)} aria-keyshortcuts="n">
              {t.next} <kbd className="on-primary">N</kbd>
            </Button>
          )
        }
      />
      <div className="desk">
        <section className="card list" aria-label={text().pages.desk}>
          <Tabs queue={queue} onTurn={(next) => restate({ queue: next })} />
          <FilterBar screen="desk" choices={[]} />
          {read.problem && <Failed problem={read.problem} onAgain={read.again} />}
          {read.isLoading && read.rows.length === 0 ? (
            <Skeleton rows={8} />
          ) : (
            <DataTable
              caption={t.queues[queue]}
              rows={rows}
              columns={columns}
              rowKey={(row) => row.application}
              onPick={open}
              picked={picked?.application}
              empty={
                <Empty title={t.none}>
                  <p>{t.noneSub}</p>
                </Empty>
              }
              foot={
                <Foot shown={rows.length}>
                  {read.more && (
                    <Button loading={read.isLoading} onClick={read.more}>
                      {text().more}
                    </Button>
                  )}
                </Foot>
              }
            />
          )}
        </section>
        <aside className="card" aria-label={t.pick}>
          {picked && desk.data ? (
            <CasePanel key={picked.application} review={picked} desk={desk.data} canRule={can("POST /v1/reviews/{application}/ruling")} onDone={read.again} />
          ) : (
            <Empty title={t.pick}>
              <p>{t.pickSub}</p>
            </Empty>
          )}
        </aside>
      </div>
    </>
  );
}

/** N opens the next case, unless somebody is writing. */
function useNextKey(open: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const at = event.target as HTMLElement;
      const isWriting = at.matches("input, textarea, select") || at.closest("dialog") !== null;
      if (event.key === "n" && !event.ctrlKey && !event.metaKey && !event.altKey && !isWriting) open();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

function Tabs({ queue, onTurn }: { queue: (typeof QUEUES)[number]; onTurn(queue: string): void }) {
  const t = words();
  return (
    <div className="tabs" role="group" aria-label={t.queue}>
      {QUEUES.map((one) => (
        <button key={one} type="button" aria-pressed={one === queue} onClick={() => onTurn(one)}>
          {t.queues[one]}
        </button>
      ))}
    </div>
  );
}

function columnsOf(reasons: Coded[]): Column<Review>[] {
  const t = words();
  const name = caseWords();
  const told = (code: string) => {
    const found = reasons.find((one) => one.code === code);
    return found ? pick(found, "text") : code;
  };
  return [
    { key: "left", title: t.columns.left, by: (row) => row.answer_by ?? "9999", cell: (row) => <Left by={row.answer_by} /> },
    { key: "case", title: t.columns.case, cell: (row) => <span className="mono">{row.application}</span>, plain: (row) => row.application },
    { key: "product", title: t.columns.product, by: (row) => row.product, cell: (row) => wordOf(name.products, row.product) },
    { key: "amount", title: t.columns.amount, align: "end", by: (row) => row.amount_minor, cell: (row) => moneyInTable(row.amount_minor) },
    { key: "machine", title: t.columns.machine, by: (row) => row.points, cell: (row) => t.band(row.points, row.band) },
    { key: "why", title: t.columns.why, wraps: true, cell: (row) => row.reasons.map(told).join("；") || "—" },
    { key: "waited", title: t.columns.waited, align: "end", by: (row) => row.since, cell: (row) => t.waitedDays(daysSince(row.since)) },
  ];
}

function daysSince(at: string): number {
  return daysBetween(dateIso(at), dateIso(new Date()));
}

/** Days left by the law's day, with the line that runs out. */
function Left({ by }: { by: string | null }) {
  const t = words();
  if (by === null) return <Badge kind="muted">{t.noLimit}</Badge>;
  const days = daysBetween(dateIso(new Date()), by);
  const kind: Status = days < 0 ? "bad" : days <= NEAR_DAYS ? "warn" : "info";
  return (
    <span className={`left ${kind}`}>
      <b>{t.daysLeft(days)}</b>
      <Deck share={Math.max(0.06, days / WHOLE_DAYS)} kind={kind} label={t.daysLeft(days)} />
    </span>
  );
}
