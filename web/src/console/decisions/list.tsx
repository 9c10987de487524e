/** The list of applications: filter, sort, saved views, export, page by page from the server. */
import { Button } from "antd";
import { useState } from "react";
import { asProblem, type Problem } from "../../shared/problem.ts";
import { count, dateIso, moneyInTable, time } from "../../shared/format.ts";
import type { Page } from "../../shared/types.ts";
import { usePlatform } from "../platform.tsx";
import { href, restate, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { caseWords, OUTCOME, STEP, wordOf } from "../ui/cases.ts";
import { csv, FilterBar, saveFile, seek } from "../ui/filters.tsx";
import { usePages } from "../ui/pages.ts";
import { Badge, Empty, Failed, PageHead, Skeleton } from "../ui/parts.tsx";
import { DataTable, Foot, type Column } from "../ui/table.tsx";
import { t as words } from "./text.ts";
import type { CaseHead } from "./types.ts";

const LIST = "/v1/operations/applications";
const PAGE = 50;
const FILE_PAGE = 100;
const FILE_ROWS_MAX = 2_000;

function columnsOf(): Column<CaseHead>[] {
  const t = words();
  const name = caseWords();
  return [
    {
      key: "case",
      title: t.columns.case,
      cell: (row) => <span className="mono">{row.decision}</span>,
      plain: (row) => row.decision,
    },
    {
      key: "at",
      title: t.columns.at,
      by: (row) => row.submitted_at,
      cell: (row) => `${dateIso(row.submitted_at)} ${time(row.submitted_at)}`,
    },
    {
      key: "product",
      title: t.columns.product,
      by: (row) => row.product,
      cell: (row) => wordOf(name.products, row.product),
    },
    {
      key: "amount",
      title: t.columns.amount,
      align: "end",
      by: (row) => row.amount_minor,
      cell: (row) => moneyInTable(row.amount_minor),
      plain: (row) => moneyInTable(row.amount_minor).replaceAll(",", ""),
    },
    { key: "tenor", title: t.columns.tenor, align: "end", by: (row) => row.tenor_months, cell: (row) => row.tenor_months },
    { key: "points", title: t.columns.points, align: "end", by: (row) => row.points, cell: (row) => row.points },
    { key: "band", title: t.columns.band, align: "end", by: (row) => row.band, cell: (row) => row.band },
    {
      key: "outcome",
      title: t.columns.outcome,
      by: (row) => row.outcome,
      cell: (row) => <Badge kind={OUTCOME[row.outcome] ?? "muted"}>{wordOf(name.outcomes, row.outcome)}</Badge>,
      plain: (row) => wordOf(name.outcomes, row.outcome),
    },
    {
      key: "step",
      title: t.columns.step,
      by: (row) => row.step,
      cell: (row) => <Badge kind={STEP[row.step] ?? "muted"}>{wordOf(name.steps, row.step)}</Badge>,
      plain: (row) => wordOf(name.steps, row.step),
    },
    {
      key: "by",
      title: t.columns.by,
      by: (row) => Number(row.is_by_person),
      cell: (row) => (row.is_by_person ? t.byPerson : t.byMachine),
    },
  ];
}

export function CaseList() {
  const t = words();
  const name = caseWords();
  const { query } = usePlace();
  const asked = new URLSearchParams();
  for (const key of ["outcome", "product"]) if (query.get(key)) asked.set(key, query.get(key) ?? "");
  const read = usePages<CaseHead>(LIST, asked.toString(), PAGE);
  const columns = columnsOf();
  const rows = seek(read.rows, columns, query.get("q") ?? "");
  const file = useFile(asked.toString(), columns, query.get("q") ?? "");
  return (
    <>
      <PageHead title={t.list} sub={t.listSub} />
      <section className="card list" aria-label={t.list}>
        <FilterBar
          screen="decisions"
          onFile={file.save}
          isFileBusy={file.isBusy}
          choices={[
            { key: "outcome", title: t.outcome, options: Object.entries(name.outcomes) },
            { key: "product", title: t.product, options: Object.entries(name.products) },
          ]}
        />
        {file.note && <p className="hint pad">{file.note}</p>}
        {(file.problem ?? read.problem) && <Failed problem={(file.problem ?? read.problem) as Problem} onAgain={read.again} />}
        {read.rows.length === 0 && read.isLoading ? (
          <Skeleton rows={10} />
        ) : (
          <DataTable
            caption={t.list}
            rows={rows}
            columns={columns}
            rowKey={(row) => row.application}
            rowHref={(row) => href(`decisions/${row.decision}`)}
            empty={<NoRows isFiltered={query.size > 0} />}
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
    </>
  );
}

function NoRows({ isFiltered }: { isFiltered: boolean }) {
  const t = words();
  const frame = text();
  if (!isFiltered) {
    return (
      <Empty title={t.none}>
        <p>{t.noneSub}</p>
      </Empty>
    );
  }
  return (
    <Empty title={frame.filteredEmpty}>
      <p>{frame.filteredEmptySub}</p>
      <Button onClick={() => restate({})}>{frame.dropFilters}</Button>
    </Empty>
  );
}

/** Reads the whole list as it is filtered, at most FILE_ROWS_MAX rows, and writes it to a file. */
function useFile(asked: string, columns: Column<CaseHead>[], wanted: string) {
  const { http } = usePlatform();
  const [state, setState] = useState<{ isBusy: boolean; note?: string; problem?: Problem }>({ isBusy: false });
  const save = async () => {
    setState({ isBusy: true });
    try {
      const rows: CaseHead[] = [];
      let after: string | null = "";
      while (after !== null && rows.length < FILE_ROWS_MAX) {
        const from: string = after === "" ? "" : `&after=${after}`;
        const page: Page<CaseHead> = await http.json(`${LIST}?${asked}&limit=${FILE_PAGE}${from}`);
        rows.push(...page.items);
        after = page.next;
      }
      saveFile(`applications-${dateIso(new Date())}.csv`, csv(seek(rows, columns, wanted), columns));
      setState(after === null ? { isBusy: false } : { isBusy: false, note: words().fileCut(count(rows.length)) });
    } catch (error) {
      setState({ isBusy: false, problem: asProblem(error) });
    }
  };
  return { ...state, save: () => void save() };
}
