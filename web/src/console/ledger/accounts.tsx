/** Accounts of a kind, with what they have and how far they may go. */
import { moneyInTable } from "../../shared/format.ts";
import { useLoad } from "../platform.tsx";
import { href, usePlace } from "../router.ts";
import { csv, FilterBar, saveFile, seek } from "../ui/filters.tsx";
import { Empty, PageHead, Read } from "../ui/parts.tsx";
import { DataTable, Foot, type Column } from "../ui/table.tsx";
import { t as words } from "./text.ts";
import type { Account } from "./types.ts";

export function Accounts({ kind }: { kind: string }) {
  const t = words();
  const { query } = usePlace();
  const read = useLoad<{ items: Account[] }>(`/v1/ledger/accounts${kind ? `?kind=${kind}` : ""}`);
  const columns = columnsOf();
  const rows = seek(read.data?.items ?? [], columns, query.get("q") ?? "");
  return (
    <>
      <PageHead title={t.accounts} sub={t.accountsUnit} />
      <section className="card list" aria-label={t.accounts}>
        <FilterBar screen="accounts" choices={[]} onFile={() => saveFile("accounts.csv", csv(rows, columns))} />
        <Read of={read} rows={8}>
          {() => (
            <DataTable
              caption={t.accounts}
              rows={rows}
              columns={columns}
              rowKey={(one) => one.account}
              rowHref={(one) => href(`ledger/${one.account}`)}
              empty={
                <Empty title={t.noAccounts}>
                  <p>{t.noAccountsSub}</p>
                </Empty>
              }
              foot={<Foot shown={rows.length} />}
            />
          )}
        </Read>
      </section>
    </>
  );
}

function columnsOf(): Column<Account>[] {
  const t = words();
  const money = (key: string, title: string, of: (one: Account) => number): Column<Account> => ({
    key,
    title,
    align: "end",
    by: of,
    cell: (one) => moneyInTable(of(one)),
    plain: (one) => moneyInTable(of(one)).replaceAll(",", "").replace("\u2212", "-"),
  });
  return [
    { key: "account", title: t.account.id, cell: (one) => <span className="mono">{one.account}</span>, plain: (one) => one.account },
    { key: "kind", title: t.columns.kind, by: (one) => one.kind, cell: (one) => one.kind.replaceAll("_", " ") },
    { key: "owner", title: t.account.owner, align: "end", by: (one) => one.owner ?? 0, cell: (one) => one.owner ?? "—" },
    money("balance", t.account.balance, (one) => one.balance_minor),
    money("held", t.account.held, (one) => one.held_debit_minor + one.held_credit_minor),
    money("available", t.account.available, (one) => one.available_minor),
    { key: "limits", title: t.account.limits, align: "end", cell: limitsOf },
  ];
}

export function limitsOf(one: Pick<Account, "floor_minor" | "ceiling_minor">): string {
  const t = words();
  if (one.floor_minor === null && one.ceiling_minor === null) return t.noLimit;
  const end = (minor: number | null) => (minor === null ? "…" : moneyInTable(minor));
  return `${end(one.floor_minor)} – ${end(one.ceiling_minor)}`;
}
