/** The house: the table of permissions, staff, delegations, one's own sign-ins, departments and branches. */
import { useLoad, usePlatform } from "../platform.tsx";
import { usePlace } from "../router.ts";
import { text } from "../text.ts";
import { wordOf } from "../ui/cases.ts";
import { List, Tabs } from "../ui/list.tsx";
import { Badge, Empty, PageHead } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { Delegations, Departments, Members, Sessions } from "./people.tsx";
import { t as words } from "./text.ts";
import "../desk/desk.css";
import "./house.css";

const ROLES = ["borrower", "merchant", "lender", "clerk", "analyst", "operator", "regulator"] as const;
const NEEDS = {
  table: "GET /v1/permission-table",
  members: "GET /v1/operations/members",
  delegations: "GET /v1/delegations",
  sessions: "GET /v1/me/sessions",
  house: "GET /v1/departments/{department}",
} as const;
type Side = keyof typeof NEEDS;

interface Entry {
  operation: string;
  noun: string;
  owner: string;
  who: string[] | null;
  shows: string;
  why: Record<string, string>;
  branch: string;
  fresh_minutes: number | null;
  second_person: boolean;
}

export default function HousePage() {
  const t = words();
  const { can } = usePlatform();
  const { query } = usePlace();
  const open = (Object.keys(NEEDS) as Side[]).filter((one) => can(NEEDS[one]));
  const at = open.find((one) => one === query.get("tab")) ?? "table";
  const head = <Tabs label={t.tab} at={at} tabs={open.map((one) => [one, t.tabs[one]])} />;
  return (
    <>
      <PageHead title={t.title} sub={t.sub} />
      {at === "table" && <Permissions head={head} />}
      {at === "members" && <Members head={head} />}
      {at === "delegations" && <Delegations head={head} />}
      {at === "sessions" && <Sessions head={head} />}
      {at === "house" && <Departments head={head} />}
    </>
  );
}

function Permissions({ head }: { head: React.ReactNode }) {
  const t = words();
  const frame = text();
  const read = useLoad<{ items: Entry[] }>("/v1/permission-table");
  const nouns = [...new Set(read.data?.items.map((one) => one.noun))].sort();
  return (
    <List
      screen="permissions"
      caption={t.tabs.table}
      head={head}
      rows={read.data?.items}
      problem={read.problem}
      onAgain={read.again}
      columns={columnsOf()}
      rowKey={(one) => one.operation}
      choices={[
        { key: "noun", title: t.columns.noun, options: nouns.map((one) => [one, one.replaceAll("_", " ")]), of: (one) => one.noun },
        { key: "role", title: t.columns.who, options: ROLES.map((one) => [one, frame.roles[one]]), of: (one) => one.who ?? [...ROLES] },
        { key: "second", title: t.columns.second, options: [["yes", t.yes]], of: (one) => (one.second_person ? "yes" : "no") },
      ]}
      empty={<Empty title={t.title} />}
    />
  );
}

function whoOf(one: Entry): string {
  const [t, frame] = [words(), text()];
  if (one.who === null) return t.anybody;
  if (one.who.length === ROLES.length) return t.everyone;
  return ROLES.filter((role) => one.who?.includes(role)).map((role) => frame.roles[role]).join(frame.listed);
}

function columnsOf(): Column<Entry>[] {
  const t = words();
  return [
    { key: "operation", title: t.columns.operation, by: (one) => one.operation, cell: (one) => <code className="route">{one.operation}</code>, plain: (one) => one.operation },
    { key: "who", title: t.columns.who, wraps: true, by: whoOf, cell: whoOf },
    { key: "second", title: t.columns.second, by: (one) => Number(!one.second_person), cell: (one) => (one.second_person ? <Badge kind="person">{t.yes}</Badge> : "—"), plain: (one) => (one.second_person ? t.yes : "") },
    { key: "fresh", title: t.columns.fresh, align: "end", by: (one) => one.fresh_minutes ?? 999, cell: (one) => (one.fresh_minutes === null ? "—" : t.minutes(one.fresh_minutes)) },
    { key: "shows", title: t.columns.shows, by: (one) => one.shows, cell: (one) => (one.shows ? wordOf(t.shows, one.shows) : "—") },
    { key: "branch", title: t.columns.branch, by: (one) => one.branch, cell: (one) => (one.branch ? wordOf(t.branches, one.branch) : "—") },
    { key: "owner", title: t.columns.owner, by: (one) => one.owner, cell: (one) => wordOf(t.owners, one.owner) },
  ];
}
