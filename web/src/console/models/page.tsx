/** Models: which decide, which wait, proposed moves, drift against its line, and the switch. */
import { Button, Input } from "antd";
import { useState } from "react";
import { count, dateIso, time } from "../../shared/format.ts";
import { useDeed, useLoad, usePlatform } from "../platform.tsx";
import { href, restate, usePlace } from "../router.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { List } from "../ui/list.tsx";
import { Badge, Card, Empty, Facts, Failed, Id, PageHead, Timeline, Verdict, type Status } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { DriftCard } from "./drift.tsx";
import { t as words } from "./text.ts";
import "./models.css";

const WHY_MIN = 3;
const WHY_MAX = 200;
const SHORT = 8;
const STATUS: Record<string, Status> = { draft: "warn", shadow: "wait", champion: "ok", retired: "muted" };
/** Where a model may be sent from where it stands; the server has the last word. */
const WAYS: Record<string, ("shadow" | "champion" | "retired")[]> = {
  draft: ["shadow", "champion", "retired"],
  shadow: ["champion", "retired"],
  champion: [],
  retired: ["shadow", "champion"],
};

interface Model {
  hash: string;
  kind: string;
  status: string;
  registered_at: string;
  activated_at: string | null;
  metrics: Record<string, unknown>;
}

interface Models {
  is_stopped: boolean;
  items: Model[];
  moves: { model: string; before: string; after: string; approval: string | null; why: string; at: string }[];
}

export default function ModelsPage() {
  const t = words();
  const { can } = usePlatform();
  const { query } = usePlace();
  const read = useLoad<Models>("/v1/models");
  const found = read.data;
  const picked = found?.items.find((one) => one.hash === query.get("model"));
  return (
    <>
      <PageHead
        title={t.title}
        badge={found && <Badge kind={found.is_stopped ? "bad" : "ok"}>{found.is_stopped ? t.stopped : t.running}</Badge>}
        sub={t.sub}
        actions={found && <Switch isStopped={found.is_stopped} onDone={read.again} />}
      />
      <div className="models">
        <div>
          <List
            screen="models"
            caption={t.registry}
            head={
              <header className="card-head pad">
                <h2>{t.registry}</h2>
                <span className="unit">{t.registryUnit}</span>
              </header>
            }
            rows={found?.items}
            problem={read.problem}
            onAgain={read.again}
            columns={columnsOf()}
            rowKey={(one) => one.hash}
            onPick={(one) => restate({ ...Object.fromEntries(query), model: one.hash })}
            picked={picked?.hash}
            choices={[{ key: "status", title: t.columns.status, options: Object.entries(t.statuses), of: (one) => one.status }]}
            empty={
              <Empty title={t.none}>
                <p>{t.noneSub}</p>
              </Empty>
            }
          />
          {can("GET /v1/models/monitoring") && <DriftCard />}
        </div>
        <aside aria-label={t.pick}>
          {picked && found ? <One key={picked.hash} model={picked} moves={found.moves.filter((one) => one.model === picked.hash)} /> : (
            <section className="card">
              <Empty title={t.pick}>
                <p>{t.pickSub}</p>
              </Empty>
            </section>
          )}
        </aside>
      </div>
    </>
  );
}

function columnsOf(): Column<Model>[] {
  const t = words();
  return [
    { key: "model", title: t.columns.model, cell: (one) => <span className="mono">{one.hash.slice(0, SHORT)}</span> },
    { key: "kind", title: t.columns.kind, by: (one) => one.kind, cell: (one) => one.kind },
    { key: "status", title: t.columns.status, by: (one) => one.status, cell: (one) => <Badge kind={STATUS[one.status] ?? "muted"}>{t.statuses[one.status] ?? one.status}</Badge> },
    { key: "auc", title: t.columns.auc, align: "end", cell: (one) => figure(one.metrics["auc"]) },
    { key: "at", title: t.columns.at, by: (one) => one.registered_at, cell: (one) => dateIso(one.registered_at) },
    { key: "since", title: t.columns.since, cell: (one) => (one.activated_at ? dateIso(one.activated_at) : "—") },
  ];
}

function figure(value: unknown): string {
  if (typeof value !== "number") return value === undefined ? "—" : String(value);
  return Number.isInteger(value) ? count(value) : value.toFixed(4);
}

function One({ model, moves }: { model: Model; moves: Models["moves"] }) {
  const t = words();
  const { can } = usePlatform();
  const metrics = Object.entries(model.metrics).filter(([, value]) => typeof value !== "object");
  return (
    <>
      <Card title={t.metrics} unit={<Id value={model.hash} />}>
        <Facts rows={metrics.map(([name, value]) => [name.replaceAll("_", " "), figure(value)])} />
      </Card>
      {can("POST /v1/models/{model}/moves") && (WAYS[model.status] ?? []).length > 0 && <Move model={model} />}
      <Card title={t.moves}>
        {moves.length === 0 ? (
          <p className="hint">{t.noMoves}</p>
        ) : (
          <Timeline
            moments={moves.map((one) => ({
              key: one.at,
              title: `${t.statuses[one.before] ?? one.before} → ${t.statuses[one.after] ?? one.after}`,
              detail: one.why,
              at: `${dateIso(one.at)} ${time(one.at).slice(0, 5)}`,
              state: "done",
            }))}
          />
        )}
      </Card>
    </>
  );
}

function Move({ model }: { model: Model }) {
  const t = words();
  const [why, setWhy] = useState("");
  const deed = useDeed<{ approval: string }>();
  if (deed.done) return <Proposed approval={deed.done.approval} />;
  const isShort = why.trim().length < WHY_MIN;
  return (
    <Card title={t.move}>
      <Field label={t.why} hint={t.whyHint}>
        {(own) => <Input {...own} value={why} maxLength={WHY_MAX} onChange={(event) => setWhy(event.target.value)} />}
      </Field>
      {deed.problem && <Failed problem={deed.problem} />}
      <div className="actions">
        {(WAYS[model.status] ?? []).map((to) => (
          <Button key={to} disabled={isShort} loading={deed.isBusy} onClick={() => void deed.run(`/v1/models/${model.hash}/moves`, { to, why: why.trim() })}>
            {t.to[to]}
          </Button>
        ))}
      </div>
    </Card>
  );
}

function Proposed({ approval }: { approval: string }) {
  const t = words();
  return (
    <div>
      <Verdict kind="wait">{t.proposed}</Verdict>
      <a href={href(`approvals/${approval}`)}>{t.toApprovals}</a>
    </div>
  );
}

/** One person stops all models at once; two let them score again. */
function Switch({ isStopped, onDone }: { isStopped: boolean; onDone(): void }) {
  const t = words();
  const { can } = usePlatform();
  const [isOpen, setOpen] = useState(false);
  const [why, setWhy] = useState("");
  const deed = useDeed<{ approval?: string }>(onDone);
  const path = isStopped ? "/v1/operations/models/resumption" : "/v1/operations/models/stop";
  if (!can(`POST ${path}`)) return null;
  const isShort = why.trim().length < WHY_MIN;
  return (
    <>
      <Button danger={!isStopped} onClick={() => setOpen(true)}>
        {isStopped ? t.resume : t.stop}
      </Button>
      {isOpen && (
        <Dialog title={isStopped ? t.resume : t.stop} onClose={() => setOpen(false)}>
          <p>{t.stopSub}</p>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (!isShort) void deed.run(path, { why: why.trim() });
            }}
          >
            <Field label={t.why} hint={t.whyHint}>
              {(own) => <Input {...own} value={why} maxLength={WHY_MAX} onChange={(event) => setWhy(event.target.value)} />}
            </Field>
            {deed.problem && <Failed problem={deed.problem} />}
            {deed.done && (deed.done.approval ? <Proposed approval={deed.done.approval} /> : <Verdict kind="warn">{t.stoppedNow}</Verdict>)}
            <div className="actions">
              <Button danger={!isStopped} type="primary" htmlType="submit" loading={deed.isBusy} disabled={isShort || deed.done !== undefined}>
                {isStopped ? t.resume : t.stopDo}
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
