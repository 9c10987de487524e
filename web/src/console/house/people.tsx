/** People of the house: staff and posts, who acts for whom, one's own sign-ins, departments. */
import { Button, Input } from "antd";
import { useState, type ReactNode } from "react";
import { count, dateIso, span, time } from "../../shared/format.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import { useDeed, useLoad, usePlatform, type Role } from "../platform.tsx";
import { href } from "../router.ts";
import { text } from "../text.ts";
import { wordOf } from "../ui/cases.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { List } from "../ui/list.tsx";
import { Badge, Card, Empty, Facts, Failed, Id, Read, Verdict } from "../ui/parts.tsx";
import { DataTable, type Column } from "../ui/table.tsx";
import { Select } from "../lists/form.tsx";
import { t as approvals } from "../approvals/text.ts";
import { t as words } from "./text.ts";

const STAFF_ROLES: Role[] = ["clerk", "analyst", "operator", "regulator", "lender", "merchant"];
const DAYS_MAX = 30;
const DAY_MS = 86_400_000;

interface Member {
  staff: string;
  login: string;
  role: Role;
  organisation: number;
  department: string | null;
  team: string | null;
}

export function Members({ head }: { head: ReactNode }) {
  const t = words();
  const frame = text();
  const { can } = usePlatform();
  const [isAdding, setAdding] = useState(false);
  const read = useLoad<{ items: Member[] }>("/v1/operations/members");
  return (
    <>
      <List
        screen="members"
        caption={t.tabs.members}
        head={head}
        rows={read.data?.items}
        problem={read.problem}
        onAgain={read.again}
        columns={memberColumns()}
        rowKey={(one) => one.staff}
        choices={[{ key: "role", title: t.memberColumns.role, options: STAFF_ROLES.map((one) => [one, frame.roles[one]]), of: (one) => one.role }]}
        empty={<Empty title={t.noMembers} />}
      />
      {can("POST /v1/operations/staff") && (
        <p className="pad-top">
          <Button onClick={() => setAdding(true)}>{t.add}</Button>
        </p>
      )}
      {isAdding && <Appoint onClose={() => setAdding(false)} />}
    </>
  );
}

function memberColumns(): Column<Member>[] {
  const t = words();
  const frame = text();
  return [
    { key: "login", title: t.memberColumns.login, by: (one) => one.login, cell: (one) => <b>{one.login}</b>, plain: (one) => one.login },
    { key: "role", title: t.memberColumns.role, by: (one) => one.role, cell: (one) => frame.roles[one.role] },
    { key: "organisation", title: t.memberColumns.organisation, align: "end", by: (one) => one.organisation, cell: (one) => (one.organisation === 0 ? t.house : one.organisation) },
    { key: "department", title: t.memberColumns.department, cell: (one) => (one.department && one.department in t.owners ? wordOf(t.owners, one.department) : "—") },
    { key: "team", title: t.memberColumns.team, cell: (one) => (one.team ? wordOf(t.teams, one.team) : "—") },
    { key: "staff", title: t.memberColumns.staff, cell: (one) => <Id value={one.staff} />, plain: (one) => one.staff },
  ];
}

function Proposed({ approval }: { approval: string }) {
  const t = words();
  return (
    <>
      <Verdict kind="wait">{t.proposed}</Verdict>
      <a href={href(`approvals/${approval}`)}>{t.toApprovals}</a>
    </>
  );
}

function Appoint({ onClose }: { onClose(): void }) {
  const t = words();
  const frame = text();
  const [login, setLogin] = useState("");
  const [role, setRole] = useState<string>("clerk");
  const [organisation, setOrganisation] = useState("0");
  const deed = useDeed<{ approval: string }>();
  const number = Number(organisation);
  const isOff = !/^[a-z][a-z0-9._-]{2,39}$/.test(login) || !(Number.isInteger(number) && number >= 0);
  return (
    <Dialog title={t.add} onClose={onClose}>
      <p>{t.addSub}</p>
      {deed.done ? (
        <Proposed approval={deed.done.approval} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!isOff) void deed.run("/v1/operations/staff", { login, role, organisation: number });
          }}
        >
          <Field label={t.login} hint={t.loginHint}>
            {(own) => <Input {...own} autoComplete="off" maxLength={40} value={login} onChange={(event) => setLogin(event.target.value)} />}
          </Field>
          <Field label={t.role}>{(own) => <Select own={own} value={role} options={Object.fromEntries(STAFF_ROLES.map((one) => [one, frame.roles[one]]))} onChange={setRole} />}</Field>
          <Field label={t.organisation} hint={t.organisationHint}>
            {(own) => <Input {...own} inputMode="numeric" maxLength={4} value={organisation} onChange={(event) => setOrganisation(event.target.value)} />}
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

interface Delegation {
  delegation: string;
  giver: string | null;
  taker: string | null;
  role: Role;
  begins_at: string;
  ends_at: string;
  ended_at: string | null;
  is_mine: boolean;
}

export function Delegations({ head }: { head: ReactNode }) {
  const t = words();
  const frame = text();
  const [isGiving, setGiving] = useState(false);
  const read = useLoad<{ items: Delegation[] }>("/v1/delegations");
  const isLive = (one: Delegation) => one.ended_at === null && Date.parse(one.ends_at) > Date.now();
  const columns: Column<Delegation>[] = [
    { key: "giver", title: t.delegationColumns.giver, cell: (one) => one.giver ?? t.you },
    { key: "taker", title: t.delegationColumns.taker, cell: (one) => one.taker ?? t.you },
    { key: "role", title: t.delegationColumns.role, cell: (one) => frame.roles[one.role] },
    { key: "begins", title: t.delegationColumns.begins, by: (one) => one.begins_at, cell: (one) => stamp(one.begins_at) },
    { key: "ends", title: t.delegationColumns.ends, by: (one) => one.ends_at, cell: (one) => stamp(one.ends_at) },
    { key: "state", title: t.delegationColumns.state, cell: (one) => <Badge kind={isLive(one) ? "ok" : "muted"}>{isLive(one) ? t.live : t.ended}</Badge> },
    { key: "act", title: t.delegationColumns.act, cell: (one) => (isLive(one) ? <Drop path={`/v1/delegations/${one.delegation}`} label={t.end} onDone={read.again} /> : null), plain: () => "" },
  ];
  return (
    <>
      <List
        screen="delegations"
        caption={t.tabs.delegations}
        head={head}
        rows={read.data?.items}
        problem={read.problem}
        onAgain={read.again}
        columns={columns}
        rowKey={(one) => one.delegation}
        empty={
          <Empty title={t.noDelegations}>
            <p>{t.delegateSub}</p>
          </Empty>
        }
      />
      <p className="pad-top">
        <Button onClick={() => setGiving(true)}>{t.delegate}</Button>
      </p>
      {isGiving && <Give onClose={() => setGiving(false)} />}
    </>
  );
}

function Give({ onClose }: { onClose(): void }) {
  const t = words();
  const [taker, setTaker] = useState("");
  const [until, setUntil] = useState(dateIso(new Date(Date.now() + 7 * DAY_MS)));
  const deed = useDeed<{ approval: string }>();
  const isOff = taker.trim().length < 3 || until === "";
  return (
    <Dialog title={t.delegate} onClose={onClose}>
      <p>{t.delegateSub}</p>
      {deed.done ? (
        <Proposed approval={deed.done.approval} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (!isOff) void deed.run("/v1/delegations", { taker: taker.trim(), ends_at: `${until}T18:00:00+08:00` });
          }}
        >
          <Field label={t.taker}>{(own) => <Input {...own} autoComplete="off" maxLength={40} value={taker} onChange={(event) => setTaker(event.target.value)} />}</Field>
          <Field label={t.until}>
            {(own) => (
              <Input {...own} type="date" min={dateIso(new Date())} max={dateIso(new Date(Date.now() + DAYS_MAX * DAY_MS))} value={until} onChange={(event) => setUntil(event.target.value)} />
            )}
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

interface Session {
  session: string;
  device: string;
  method: string | null;
  signed_in_at: string;
  expires_at: string;
  is_this: boolean;
}

export function Sessions({ head }: { head: ReactNode }) {
  const t = words();
  const read = useLoad<{ items: Session[] }>("/v1/me/sessions");
  const columns: Column<Session>[] = [
    { key: "device", title: t.sessionColumns.device, by: (one) => one.device, cell: (one) => one.device || "—" },
    { key: "method", title: t.sessionColumns.method, cell: (one) => (one.method ? wordOf(t.methods, one.method) : t.byServer) },
    { key: "at", title: t.sessionColumns.at, by: (one) => one.signed_in_at, cell: (one) => stamp(one.signed_in_at) },
    { key: "until", title: t.sessionColumns.until, by: (one) => one.expires_at, cell: (one) => stamp(one.expires_at) },
    { key: "state", title: t.sessionColumns.state, cell: (one) => <Badge kind={one.is_this ? "ok" : "info"}>{one.is_this ? t.current : t.other}</Badge> },
    { key: "act", title: t.sessionColumns.act, cell: (one) => (one.is_this ? null : <Drop path={`/v1/me/sessions/${one.session}`} label={t.close} onDone={read.again} />), plain: () => "" },
  ];
  return (
    <List
      screen="sessions"
      caption={t.tabs.sessions}
      head={head}
      rows={read.data?.items}
      problem={read.problem}
      onAgain={read.again}
      columns={columns}
      rowKey={(one) => one.session}
      empty={<Empty title={t.noSessions} />}
    />
  );
}

/** Ends something that stands at an address. */
function Drop({ path, label, onDone }: { path: string; label: string; onDone(): void }) {
  const { http } = usePlatform();
  const [problem, setProblem] = useState<Problem>();
  const drop = () => http.json(path, { method: "DELETE" }).then(onDone, (error: unknown) => setProblem(asProblem(error)));
  return (
    <>
      <Button size="small" onClick={() => void drop()}>
        {label}
      </Button>
      {problem && <Failed problem={problem} />}
    </>
  );
}

interface Department {
  department: string;
  owns: string[];
  inbox: { approval: string; operation: string; team: string | null; proposed_at: string; expires_at: string }[];
  figures: { waiting: number; oldest_at: string | null; allowed: number; refused: number; expired: number; median_s: number };
}

export function Departments({ head }: { head: ReactNode }) {
  const t = words();
  const read = useLoad<Department>("/v1/departments/digital_finance");
  const branches = useLoad<{ items: string[] }>("/v1/branches");
  return (
    <>
      <section className="card list">{head}</section>
      <div className="grid pad-top">
        <Card title={t.departmentOf} unit={t.departmentUnit}>
          <Read of={read}>
            {(found) => (
              <Facts
                rows={[
                  [t.departments.waiting, count(found.figures.waiting)],
                  [t.departments.oldest, found.figures.oldest_at ? stamp(found.figures.oldest_at) : "—"],
                  [t.departments.allowed, count(found.figures.allowed)],
                  [t.departments.refused, count(found.figures.refused)],
                  [t.departments.expired, count(found.figures.expired)],
                  [t.departments.median, found.figures.median_s > 0 ? span(found.figures.median_s * 1_000) : "—"],
                  [t.owns, (found.owns ?? []).map((one) => one.replaceAll("_", " ")).join(text().listed)],
                ]}
              />
            )}
          </Read>
        </Card>
        <Card title={t.inbox} className="flush">
          <Read of={read}>
            {(found) => (
              <DataTable
                caption={t.inbox}
                rows={found.inbox}
                rowKey={(one) => one.approval}
                rowHref={(one) => href(`approvals/${one.approval}`)}
                empty={<p className="hint pad">{t.inboxNone}</p>}
                columns={[
                  { key: "operation", title: t.inboxColumns.operation, cell: (one) => wordOf(approvals().operations, one.operation) },
                  { key: "team", title: t.inboxColumns.team, cell: (one) => (one.team ? wordOf(t.teams, one.team) : "—") },
                  { key: "at", title: t.inboxColumns.at, cell: (one) => stamp(one.proposed_at) },
                  { key: "until", title: t.inboxColumns.until, cell: (one) => stamp(one.expires_at) },
                ]}
              />
            )}
          </Read>
        </Card>
        <Card title={t.branchList}>
          <Read of={branches}>{(found) => <ul className="plain-list">{found.items.map((one) => <li key={one}>{wordOf(t.owners, one)}</li>)}</ul>}</Read>
        </Card>
      </div>
    </>
  );
}

function stamp(at: string): string {
  return `${dateIso(at)} ${time(at).slice(0, 5)}`;
}
