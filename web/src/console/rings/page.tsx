/** Rings: who hangs together by what; a person holds one or lets it pass, and a second person allows it. */
import { Button, Input } from "antd";
import { lazy, Suspense, useState } from "react";
import { count, dateIso, time } from "../../shared/format.ts";
import { useDeed, useLoad, usePlatform } from "../platform.tsx";
import { href, restate, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { List, type RowChoice } from "../ui/list.tsx";
import { Badge, Card, Empty, Facts, Failed, Frame, Id, PageHead, Verdict, type Status } from "../ui/parts.tsx";
import { DataTable, type Column } from "../ui/table.tsx";
import { t as words } from "./text.ts";
import type { Member, Ring, Tie } from "./types.ts";
import "../desk/desk.css";
import "./rings.css";

const Graph = lazy(() => import("./graph.tsx").then((found) => ({ default: found.Graph })));
const WHY_MIN = 3;
const WHY_MAX = 200;
const DAYS_MAX = 3_650;
const DAYS = "30";
const STATE: Record<string, Status> = { watch: "person", deny: "bad", allow: "ok", "": "muted" };

export default function RingsPage() {
  const t = words();
  const { query } = usePlace();
  const read = useLoad<{ items: Ring[] }>("/v1/rings");
  const rings = read.data?.items;
  const picked = rings?.find((one) => one.ring === query.get("ring")) ?? rings?.[0];
  const choices: RowChoice<Ring>[] = [
    { key: "kind", title: t.columns.shared, options: Object.entries(t.kinds), of: (one) => one.ties.map((tie) => tie.kind) },
    { key: "state", title: t.columns.state, options: Object.entries(t.states).filter(([key]) => key !== ""), of: stateOf },
  ];
  return (
    <>
      <PageHead title={rings?.length === 0 ? t.none : t.title(rings ? count(rings.length) : "…")} sub={t.sub} />
      <div className={rings?.length === 0 ? "" : "desk rings"}>
        <List
          screen="rings"
          caption={text().pages.rings}
          rows={rings}
          columns={columnsOf()}
          choices={choices}
          problem={read.problem}
          onAgain={read.again}
          rowKey={(one) => one.ring}
          onPick={(one) => restate({ ...Object.fromEntries(query), ring: one.ring })}
          picked={picked?.ring}
          empty={
            <Empty title={t.none}>
              <p>{t.noneSub}</p>
            </Empty>
          }
        />
        {picked && (
          <aside className="plain-aside" aria-label={t.pick}>
            <One key={picked.ring} ring={picked} />
          </aside>
        )}
      </div>
    </>
  );
}

/** The list that binds most: whoever is watched is looked at, whatever else is allowed. */
function stateOf(ring: Ring): string {
  const lists = ring.ties.map((one) => one.stands_on);
  return ["deny", "watch", "allow"].find((one) => lists.includes(one)) ?? "";
}

function kindsOf(ring: Ring): string {
  const t = words();
  const kinds = [...new Set(ring.ties.map((one) => one.kind))];
  return kinds.map((one) => t.kinds[one] ?? one).join(text().listed);
}

function columnsOf(): Column<Ring>[] {
  const t = words();
  return [
    { key: "persons", title: t.columns.persons, align: "end", by: (one) => one.members.length, cell: (one) => <b>{one.members.length}</b>, plain: (one) => one.members.length },
    { key: "shared", title: t.columns.shared, by: kindsOf, cell: kindsOf },
    { key: "applications", title: t.columns.applications, align: "end", by: (one) => one.applications, cell: (one) => count(one.applications) },
    { key: "last", title: t.columns.last, by: (one) => one.last_at, cell: (one) => stamp(one.last_at) },
    {
      key: "state",
      title: t.columns.state,
      by: stateOf,
      cell: (one) => <Badge kind={STATE[stateOf(one)] ?? "muted"}>{t.states[stateOf(one)]}</Badge>,
      plain: (one) => t.states[stateOf(one)] ?? "",
    },
    { key: "ring", title: t.columns.ring, cell: (one) => <span className="mono">{one.ring}</span>, plain: (one) => one.ring },
  ];
}

function stamp(at: string): string {
  return `${dateIso(at)} ${time(at).slice(0, 5)}`;
}

function One({ ring }: { ring: Ring }) {
  const t = words();
  const persons = count(ring.members.length);
  return (
    <>
      <Frame
        title={t.graph}
        unit={t.unit(persons, count(ring.ties.length))}
        finding={t.finding(persons, kindsOf(ring))}
        chart={
          <Suspense fallback={<p className="hint">{text().loading}</p>}>
            <Graph ring={ring} />
          </Suspense>
        }
        table={() => <Members ring={ring} />}
      />
      <Card title={t.why}>
        <Facts
          rows={[
            [t.columns.ring, <Id key="id" value={ring.ring} />],
            [t.columns.first, stamp(ring.first_at)],
            [t.columns.last, stamp(ring.last_at)],
          ]}
        />
        <p className="hint why">{t.whyRules}</p>
        <Deeds ring={ring} />
      </Card>
      <section className="card flush" aria-label={t.ties}>
        <DataTable caption={t.ties} rows={ring.ties} rowKey={(one) => one.tie} columns={tieColumns()} empty={null} />
      </section>
    </>
  );
}

function Members({ ring }: { ring: Ring }) {
  const t = words();
  const columns: Column<Member>[] = [
    { key: "n", title: t.memberColumns.n, cell: (one) => t.person(ring.members.indexOf(one) + 1) },
    { key: "party", title: t.memberColumns.party, cell: (one) => <Id value={one.party} /> },
    { key: "applications", title: t.memberColumns.applications, align: "end", by: (one) => one.applications.length, cell: (one) => one.applications.length },
    { key: "last", title: t.memberColumns.last, by: (one) => one.last_at, cell: (one) => stamp(one.last_at) },
  ];
  return <DataTable caption={t.members} rows={ring.members} rowKey={(one) => one.party} columns={columns} empty={null} />;
}

function tieColumns(): Column<Tie>[] {
  const t = words();
  return [
    { key: "kind", title: t.tieColumns.kind, by: (one) => one.kind, cell: (one) => <b>{t.kinds[one.kind] ?? one.kind}</b> },
    { key: "persons", title: t.tieColumns.persons, align: "end", by: (one) => one.parties.length, cell: (one) => one.parties.length },
    { key: "list", title: t.tieColumns.list, cell: (one) => <Badge kind={STATE[one.stands_on ?? ""] ?? "muted"}>{t.states[one.stands_on ?? ""]}</Badge> },
    { key: "until", title: t.tieColumns.until, cell: (one) => (one.until ? dateIso(one.until) : "—") },
    { key: "tie", title: t.tieColumns.tie, cell: (one) => <Id value={one.tie} /> },
  ];
}

type Said = "hold" | "release";

function Deeds({ ring }: { ring: Ring }) {
  const t = words();
  const { can } = usePlatform();
  const [said, setSaid] = useState<Said>();
  if (!can("POST /v1/rings/{ring}/word")) return <p className="hint">{t.readOnly}</p>;
  return (
    <>
      <div className="actions">
        <Button type="primary" onClick={() => setSaid("hold")}>
          {t.hold}
        </Button>
        <Button onClick={() => setSaid("release")}>{t.release}</Button>
      </div>
      {said && <Word ring={ring} said={said} onClose={() => setSaid(undefined)} />}
    </>
  );
}

function Word({ ring, said, onClose }: { ring: Ring; said: Said; onClose(): void }) {
  const t = words();
  const { can } = usePlatform();
  const [days, setDays] = useState(DAYS);
  const [why, setWhy] = useState("");
  const deed = useDeed<{ approval: string }>();
  const long = Number(days);
  const isOff = !(Number.isInteger(long) && long >= 1 && long <= DAYS_MAX) || why.trim().length < WHY_MIN;
  return (
    <Dialog title={said === "hold" ? t.hold : t.release} onClose={onClose}>
      <p>{said === "hold" ? t.holdSub : t.releaseSub}</p>
      {deed.done ? (
        <>
          <Verdict kind="wait">{t.proposed}</Verdict>
          {can("GET /v1/operations/proposals/{approval}") && <a href={href(`approvals/${deed.done.approval}`)}>{t.toApprovals}</a>}
        </>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!isOff) void deed.run(`/v1/rings/${ring.ring}/word`, { said, days: long, why: why.trim() });
          }}
        >
          <Field label={t.days} hint={t.daysHint}>
            {(own) => <Input {...own} inputMode="numeric" value={days} maxLength={4} onChange={(event) => setDays(event.target.value)} />}
          </Field>
          <Field label={t.reason} hint={t.reasonHint}>
            {(own) => <Input {...own} value={why} maxLength={WHY_MAX} onChange={(event) => setWhy(event.target.value)} />}
          </Field>
          {deed.problem && <Failed problem={deed.problem} />}
          <div className="actions">
            <Button type="primary" htmlType="submit" loading={deed.isBusy} disabled={isOff}>
              {t.propose}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
