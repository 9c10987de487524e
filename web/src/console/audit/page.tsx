/** The audit trail: who looked at whose data, who changed what; filters are asked of the server. */
import { Button, Input } from "antd";
import { useState, type ReactNode } from "react";
import { dateIso, time } from "../../shared/format.ts";
import { restate, usePlace } from "../router.ts";
import { text } from "../text.ts";
import type { Role } from "../platform.tsx";
import { wordOf } from "../ui/cases.ts";
import { Field } from "../ui/field.tsx";
import { List, Tabs } from "../ui/list.tsx";
import { usePages } from "../ui/pages.ts";
import { Badge, Empty, Id, PageHead, type Status } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { t as approvals } from "../approvals/text.ts";
import { t as words } from "../house/text.ts";
import "../desk/desk.css";
import "../house/house.css";

const ID_MAX = 32;
const STATE: Record<string, Status> = { proposed: "wait", approved: "info", spent: "ok", rejected: "bad" };

interface Look {
  look: string;
  at: string;
  party: string;
  staff: string;
  login: string | null;
  role: Role;
  shows: string;
  why: string;
  reason: string | null;
}

interface Change {
  approval: string;
  operation: string;
  state: string;
  proposed_login: string | null;
  decided_login: string | null;
  proposed_at: string;
  reason: string | null;
  subject: string | null;
  terms: Record<string, unknown>;
}

export default function AuditPage() {
  const t = words();
  const { query } = usePlace();
  const at = query.get("tab") === "changes" ? "changes" : "looks";
  const head = (
    <>
      <Tabs label={t.audit} at={at} tabs={Object.entries(t.auditTabs)} />
      <Asked key={at} keys={at === "looks" ? ["party", "staff"] : ["staff"]} />
    </>
  );
  return (
    <>
      <PageHead title={t.audit} sub={t.auditSub} />
      {at === "looks" ? <Looks head={head} /> : <Changes head={head} />}
    </>
  );
}

/** What only the server can filter by: whole ids. */
function Asked({ keys }: { keys: ("party" | "staff")[] }) {
  const t = words();
  const { query } = usePlace();
  const [told, setTold] = useState<Record<string, string>>(Object.fromEntries(keys.map((key) => [key, query.get(key) ?? ""])));
  const names = { party: t.person, staff: t.staff };
  return (
    <form
      className="asked"
      onSubmit={(event) => {
        event.preventDefault();
        restate({ ...Object.fromEntries(query), ...Object.fromEntries(keys.map((key) => [key, (told[key] ?? "").trim()])) });
      }}
    >
      {keys.map((key) => (
        <Field key={key} label={names[key]}>
          {(own) => <Input {...own} maxLength={ID_MAX} allowClear value={told[key] ?? ""} onChange={(event) => setTold((was) => ({ ...was, [key]: event.target.value }))} />}
        </Field>
      ))}
      <Button htmlType="submit">{t.look}</Button>
    </form>
  );
}

function askedOf(query: URLSearchParams, keys: string[]): string {
  const asked = new URLSearchParams();
  for (const key of keys) if (query.get(key)) asked.set(key, query.get(key) ?? "");
  return asked.toString();
}

function Looks({ head }: { head: ReactNode }) {
  const t = words();
  const frame = text();
  const { query } = usePlace();
  const read = usePages<Look>("/v1/operations/looks", askedOf(query, ["party", "staff", "shows"]), null);
  const columns: Column<Look>[] = [
    { key: "at", title: t.lookColumns.at, by: (one) => one.at, cell: (one) => stamp(one.at) },
    { key: "login", title: t.lookColumns.login, by: (one) => one.login ?? "", cell: (one) => <b>{one.login ?? one.staff}</b>, plain: (one) => one.login ?? one.staff },
    { key: "role", title: t.lookColumns.role, by: (one) => one.role, cell: (one) => frame.roles[one.role] },
    { key: "party", title: t.lookColumns.party, cell: (one) => <Id value={one.party} />, plain: (one) => one.party },
    { key: "shows", title: t.lookColumns.shows, by: (one) => one.shows, cell: (one) => wordOf(t.shows, one.shows) },
    { key: "why", title: t.lookColumns.why, by: (one) => one.why, cell: (one) => wordOf(t.why, one.why) },
    { key: "reason", title: t.lookColumns.reason, wraps: true, cell: (one) => one.reason ?? t.nobody },
  ];
  return (
    <List
      screen="looks"
      caption={t.auditTabs.looks}
      head={head}
      rows={read.rows}
      isLoading={read.isLoading}
      problem={read.problem}
      onAgain={read.again}
      more={read.more}
      columns={columns}
      rowKey={(one) => one.look}
      choices={[
        { key: "shows", title: t.lookColumns.shows, options: Object.entries(t.shows) },
        { key: "role", title: t.lookColumns.role, options: Object.entries(frame.roles), of: (one) => one.role },
      ]}
      empty={
        <Empty title={t.noLooks}>
          <p>{t.noLooksSub}</p>
        </Empty>
      }
    />
  );
}

function Changes({ head }: { head: ReactNode }) {
  const t = words();
  const names = approvals().operations;
  const { query } = usePlace();
  const read = usePages<Change>("/v1/operations/changes", askedOf(query, ["staff", "operation", "outcome"]), null);
  const columns: Column<Change>[] = [
    { key: "at", title: t.changeColumns.at, by: (one) => one.proposed_at, cell: (one) => stamp(one.proposed_at) },
    { key: "operation", title: t.changeColumns.operation, by: (one) => one.operation, cell: (one) => <b>{wordOf(names, one.operation)}</b>, plain: (one) => wordOf(names, one.operation) },
    { key: "by", title: t.changeColumns.by, by: (one) => one.proposed_login ?? "", cell: (one) => one.proposed_login ?? t.nobody },
    { key: "decided", title: t.changeColumns.decided, by: (one) => one.decided_login ?? "", cell: (one) => one.decided_login ?? t.nobody },
    { key: "state", title: t.changeColumns.state, by: (one) => one.state, cell: (one) => <Badge kind={STATE[one.state] ?? "muted"}>{wordOf(t.states, one.state)}</Badge>, plain: (one) => wordOf(t.states, one.state) },
    { key: "terms", title: t.changeColumns.terms, wraps: true, cell: termsOf },
    { key: "reason", title: t.changeColumns.reason, wraps: true, cell: (one) => one.reason ?? t.nobody },
    { key: "approval", title: t.changeColumns.approval, cell: (one) => <Id value={one.approval} />, plain: (one) => one.approval },
  ];
  return (
    <List
      screen="changes"
      caption={t.auditTabs.changes}
      head={head}
      rows={read.rows}
      isLoading={read.isLoading}
      problem={read.problem}
      onAgain={read.again}
      more={read.more}
      columns={columns}
      rowKey={(one) => one.approval}
      choices={[
        { key: "operation", title: t.changeColumns.operation, options: Object.entries(names) },
        { key: "outcome", title: t.changeColumns.state, options: Object.entries(t.states) },
      ]}
      empty={
        <Empty title={t.noChanges}>
          <p>{t.noChangesSub}</p>
        </Empty>
      }
    />
  );
}

function termsOf(one: Change): string {
  const known = approvals();
  const told = Object.entries(one.terms).map(([key, value]) => `${known.terms[key] ?? key} ${known.values[String(value)] ?? short(String(value))}`);
  return [...(one.subject ? [one.subject] : []), ...told].join(text().listed) || words().nobody;
}

/** A hash is told from others by its beginning. */
function short(told: string): string {
  return /^[0-9a-f]{64}$/.test(told) ? told.slice(0, 12) : told;
}

function stamp(at: string): string {
  return `${dateIso(at)} ${time(at)}`;
}
