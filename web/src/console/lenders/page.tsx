/** Lenders: a lender sees its own desk; the house sees all of them, the white list first, and each one's desk. */
import { moneyInTable, share } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { useLoad, usePlatform } from "../platform.tsx";
import { href, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { wordOf } from "../ui/cases.ts";
import { List } from "../ui/list.tsx";
import { Badge, Deck, Empty, PageHead, Read } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { LenderDesk } from "./desk.tsx";
import { t as words } from "./text.ts";
import { dayOf, type Desk } from "./types.ts";

export default function LendersPage() {
  const t = words();
  const { me } = usePlatform();
  const { path } = usePlace();
  const read = useLoad<{ items: Desk[] }>("/v1/lender-desks");
  if (me.role === "lender") {
    return <Read of={read}>{(found) => (found.items[0] ? <LenderDesk desk={found.items[0]} isOwn /> : <Empty title={t.none} />)}</Read>;
  }
  if (path[1] !== undefined) {
    return (
      <Read of={read}>
        {(found) => {
          const desk = found.items.find((one) => one.lender === path[1]);
          return desk ? <LenderDesk desk={desk} isOwn={false} /> : <Empty title={t.unknown}><h1 className="unseen">{t.unknown}</h1></Empty>;
        }}
      </Read>
    );
  }
  return (
    <>
      <PageHead title={t.title(read.data ? String(read.data.items.length) : "…")} sub={t.sub} />
      <List
        screen="lenders"
        caption={text().pages.lenders}
        rows={read.data?.items}
        problem={read.problem}
        onAgain={read.again}
        columns={columnsOf()}
        rowKey={(one) => one.lender}
        rowHref={(one) => href(`lenders/${one.lender}`)}
        choices={[
          { key: "kind", title: t.columns.kind, options: Object.entries(t.kinds), of: (one) => one.kind },
          { key: "way", title: t.columns.way, options: Object.entries(t.ways), of: wayOf },
        ]}
        empty={<Empty title={t.none} />}
      />
    </>
  );
}

function wayOf(one: Desk): string {
  return one.answer_within_s === null ? "inside" : "remote";
}

function columnsOf(): Column<Desk>[] {
  const t = words();
  const used = (one: Desk) => dayOf(one);
  return [
    { key: "lender", title: t.columns.lender, by: (one) => pick(one, "name"), cell: (one) => <b>{pick(one, "name")}</b>, plain: (one) => pick(one, "name") },
    {
      key: "listed",
      title: t.columns.listed,
      by: (one) => one.listed_to,
      cell: (one) => (
        <>
          <Badge kind={one.is_listed ? "ok" : "bad"}>{one.is_listed ? t.listed : t.unlisted}</Badge> {t.until(one.listed_to)}
        </>
      ),
      plain: (one) => `${one.is_listed ? t.listed : t.unlisted} ${one.listed_to}`,
    },
    { key: "kind", title: t.columns.kind, by: (one) => one.kind, cell: (one) => wordOf(t.kinds, one.kind) },
    { key: "way", title: t.columns.way, by: wayOf, cell: (one) => wordOf(t.ways, wayOf(one)) },
    { key: "programs", title: t.columns.programs, align: "end", by: (one) => one.programs.length, cell: (one) => one.programs.length },
    { key: "day", title: t.columns.day, align: "end", by: (one) => used(one).limit_minor, cell: (one) => moneyInTable(used(one).limit_minor) },
    { key: "used", title: t.columns.used, align: "end", by: (one) => used(one).used_minor, cell: (one) => moneyInTable(used(one).used_minor) },
    {
      key: "share",
      title: t.columns.share,
      by: (one) => used(one).used_minor / Math.max(1, used(one).limit_minor),
      cell: (one) => (
        <span className="left">
          {share(used(one).used_minor, used(one).limit_minor)}
          <Deck share={used(one).used_minor / Math.max(1, used(one).limit_minor)} label={share(used(one).used_minor, used(one).limit_minor)} />
        </span>
      ),
      plain: (one) => share(used(one).used_minor, used(one).limit_minor),
    },
  ];
}
