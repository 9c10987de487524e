/** Lists: entries with their end, proposed and ended by two persons; near names, cleared by one with a reason. */
import { Button, Input } from "antd";
import { useState } from "react";
import { dateIso, daysBetween, time } from "../../shared/format.ts";
import { useDeed, useLoad, usePlatform } from "../platform.tsx";
import { href, usePlace } from "../router.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { List, Tabs } from "../ui/list.tsx";
import { Badge, Empty, Failed, Id, PageHead, Verdict, type Status } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { EntryForm } from "./form.tsx";
import { t as words } from "./text.ts";
import "../desk/desk.css";

const WHY_MIN = 3;
const WHY_MAX = 200;
const NEAR_DAYS = 7;
const LIST: Record<string, Status> = { watch: "person", deny: "bad", allow: "ok" };

interface Entry {
  entry: string;
  list: string;
  kind: string;
  why: string;
  added_at: string;
  expires_at: string;
}

interface Hit {
  party: string;
  entry: string;
  score: number;
  found_at: string;
}

export default function ListsPage() {
  const t = words();
  const { can } = usePlatform();
  const { query } = usePlace();
  const [isAdding, setAdding] = useState(false);
  const maySeeHits = can("GET /v1/lists/name-hits");
  const entries = useLoad<{ items: Entry[] }>("/v1/lists/entries");
  const hits = useLoad<{ items: Hit[] }>(maySeeHits ? "/v1/lists/name-hits" : null);
  const at = maySeeHits && query.get("tab") === "hits" ? "hits" : "entries";
  const counts = { ...(entries.data && { entries: entries.data.items.length }), ...(hits.data && { hits: hits.data.items.length }) };
  const head = maySeeHits && <Tabs label={t.queue} at={at} tabs={Object.entries(t.tabs)} counts={counts} />;
  return (
    <>
      <PageHead
        title={t.title}
        sub={t.sub}
        actions={
          can("POST /v1/lists/entries") && (
            <Button type="primary" onClick={() => setAdding(true)}>
              {t.add}
            </Button>
          )
        }
      />
      {at === "hits" ? (
        <List
          screen="name-hits"
          caption={t.tabs.hits}
          head={head}
          rows={hits.data?.items}
          problem={hits.problem}
          onAgain={hits.again}
          columns={hitColumns(hits.again)}
          rowKey={(one) => `${one.party} ${one.entry}`}
          empty={
            <Empty title={t.noHits}>
              <p>{t.noHitsSub}</p>
            </Empty>
          }
        />
      ) : (
        <List
          screen="lists"
          caption={t.tabs.entries}
          head={head}
          rows={entries.data?.items}
          problem={entries.problem}
          onAgain={entries.again}
          columns={entryColumns(can("POST /v1/lists/entries/{entry}/removal"))}
          rowKey={(one) => one.entry}
          choices={[
            { key: "list", title: t.columns.list, options: Object.entries(t.short), of: (one) => one.list },
            { key: "kind", title: t.columns.kind, options: Object.entries(t.kinds), of: (one) => one.kind },
          ]}
          empty={
            <Empty title={t.none}>
              <p>{t.noneSub}</p>
            </Empty>
          }
        />
      )}
      {isAdding && <Add onClose={() => setAdding(false)} />}
    </>
  );
}

function entryColumns(mayRemove: boolean): Column<Entry>[] {
  const t = words();
  return [
    { key: "list", title: t.columns.list, by: (one) => one.list, cell: (one) => <Badge kind={LIST[one.list] ?? "muted"}>{t.short[one.list] ?? one.list}</Badge>, plain: (one) => t.short[one.list] ?? one.list },
    { key: "kind", title: t.columns.kind, by: (one) => one.kind, cell: (one) => t.kinds[one.kind] ?? one.kind },
    { key: "why", title: t.columns.why, wraps: true, cell: (one) => one.why },
    { key: "added", title: t.columns.added, by: (one) => one.added_at, cell: (one) => stamp(one.added_at) },
    { key: "expires", title: t.columns.expires, by: (one) => one.expires_at, cell: (one) => <End at={one.expires_at} />, plain: (one) => dateIso(one.expires_at) },
    { key: "entry", title: t.columns.entry, cell: (one) => <Id value={one.entry} />, plain: (one) => one.entry },
    ...(mayRemove ? [{ key: "act", title: t.columns.act, cell: (one: Entry) => <Remove entry={one.entry} />, plain: () => "" }] : []),
  ];
}

function End({ at }: { at: string }) {
  const t = words();
  const days = daysBetween(dateIso(new Date()), dateIso(at));
  return (
    <>
      {dateIso(at)} <Badge kind={days <= NEAR_DAYS ? "warn" : "muted"}>{t.left(days)}</Badge>
    </>
  );
}

function stamp(at: string): string {
  return `${dateIso(at)} ${time(at).slice(0, 5)}`;
}

function Remove({ entry }: { entry: string }) {
  const t = words();
  const deed = useDeed<{ approval: string }>();
  if (deed.done) return <a href={href(`approvals/${deed.done.approval}`)}>{t.proposed}</a>;
  return (
    <>
      <Button size="small" loading={deed.isBusy} onClick={() => void deed.run(`/v1/lists/entries/${entry}/removal`)}>
        {t.remove}
      </Button>
      {deed.problem && <Failed problem={deed.problem} />}
    </>
  );
}

function Add({ onClose }: { onClose(): void }) {
  const t = words();
  const { can } = usePlatform();
  const deed = useDeed<{ approval: string }>();
  return (
    <Dialog title={t.add} onClose={onClose}>
      {deed.done ? (
        <>
          <Verdict kind="wait">{t.proposed}</Verdict>
          {can("GET /v1/operations/proposals/{approval}") && <a href={href(`approvals/${deed.done.approval}`)}>{t.toApprovals}</a>}
        </>
      ) : (
        <>
          <EntryForm label={t.propose} isBusy={deed.isBusy} onSend={(entry) => void deed.run("/v1/lists/entries", entry)} />
          {deed.problem && <Failed problem={deed.problem} />}
        </>
      )}
    </Dialog>
  );
}

function hitColumns(onDone: () => void): Column<Hit>[] {
  const t = words();
  return [
    { key: "score", title: t.hitColumns.score, align: "end", by: (one) => one.score, cell: (one) => <b>{one.score}</b>, plain: (one) => one.score },
    { key: "party", title: t.hitColumns.party, cell: (one) => <Id value={one.party} />, plain: (one) => one.party },
    { key: "entry", title: t.hitColumns.entry, cell: (one) => <Id value={one.entry} />, plain: (one) => one.entry },
    { key: "found", title: t.hitColumns.found, by: (one) => one.found_at, cell: (one) => stamp(one.found_at) },
    { key: "act", title: t.hitColumns.act, cell: (one) => <Clear hit={one} onDone={onDone} />, plain: () => "" },
  ];
}

function Clear({ hit, onDone }: { hit: Hit; onDone(): void }) {
  const t = words();
  const { can } = usePlatform();
  const [isOpen, setOpen] = useState(false);
  const [why, setWhy] = useState("");
  const deed = useDeed<{ score: number }>();
  if (!can("POST /v1/lists/name-hits/{party}/clearing")) return null;
  const close = () => {
    setOpen(false);
    if (deed.done) onDone();
  };
  const isShort = why.trim().length < WHY_MIN;
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {t.clear}
      </Button>
      {isOpen && (
        <Dialog title={t.clear} onClose={close}>
          <p>{t.clearSub}</p>
          {deed.done ? (
            <Verdict kind={deed.done.score > 0 ? "warn" : "ok"}>{t.cleared(deed.done.score)}</Verdict>
          ) : (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                if (!isShort) void deed.run(`/v1/lists/name-hits/${hit.party}/clearing`, { entry: hit.entry, why: why.trim() });
              }}
            >
              <Field label={t.why} hint={t.whyHint}>
                {(own) => <Input {...own} value={why} maxLength={WHY_MAX} onChange={(event) => setWhy(event.target.value)} />}
              </Field>
              {deed.problem && <Failed problem={deed.problem} />}
              <div className="actions">
                <Button type="primary" htmlType="submit" loading={deed.isBusy} disabled={isShort}>
                  {t.clear}
                </Button>
              </div>
            </form>
          )}
        </Dialog>
      )}
    </>
  );
}
