/** How far the score and each feature moved, against the line from which it is an alarm. */
import { count, dateIso, time } from "../../shared/format.ts";
import { useLoad } from "../platform.tsx";
import { Badge, Card, Frame, Read, type Status } from "../ui/parts.tsx";
import { DataTable } from "../ui/table.tsx";
import { t as words } from "./text.ts";

/** From here on a shift is an alarm (risk/rules/drift). */
const LINE = 0.25;
const WIDEST = 0.3;
const SHOWN_MAX = 12;
const LEVEL: Record<string, Status> = { few: "muted", quiet: "ok", watch: "warn", alarm: "bad" };

interface Shift {
  name: string;
  value: number;
  level: string;
}

interface Alarm {
  kind: string;
  subject: string;
  model: string;
  value: number;
  line: number;
  raised_at: string;
  cleared_at: string | null;
}

interface Monitoring {
  /** What the shifts were told of: decisions that were read, and those the model in office scored. */
  report: { decisions?: number; by_model?: number };
  done_at: string | null;
  shifts: Shift[];
  alarms: Alarm[];
}

export function DriftCard() {
  const read = useLoad<Monitoring>("/v1/models/monitoring");
  return (
    <Read of={read}>
      {(found) => (
        <>
          <Shifts found={found} />
          <Alarms alarms={found.alarms} />
        </>
      )}
    </Read>
  );
}

function featureOf(name: string): string {
  return words().features[name] ?? name.replaceAll("_", " ");
}

function Shifts({ found }: { found: Monitoring }) {
  const t = words();
  if (found.shifts.length === 0) {
    return (
      <Card title={t.drift}>
        <p className="hint">{t.noDrift}</p>
      </Card>
    );
  }
  const shifts = [...found.shifts].sort((one, other) => other.value - one.value);
  const most = shifts[0] ?? { name: "", value: 0 };
  return (
    <Frame
      title={t.drift}
      unit={t.driftUnit(count(found.report.by_model ?? 0), count(found.report.decisions ?? 0))}
      finding={t.driftFinding(featureOf(most.name), most.value.toFixed(3))}
      chart={
        <ul className="shifts">
          {shifts.slice(0, SHOWN_MAX).map((one) => (
            <li key={one.name}>
              <span>{featureOf(one.name)}</span>
              <span className="track">
                <i className={LEVEL[one.level] ?? "muted"} style={{ width: `${(100 * Math.min(one.value, WIDEST)) / WIDEST}%` }} />
                <em style={{ left: `${(100 * LINE) / WIDEST}%` }} />
              </span>
              <b>{one.value.toFixed(3)}</b>
            </li>
          ))}
          {shifts.every((one) => one.level === "few") && <li className="few hint">{t.few}</li>}
          <li className="line">
            <span />
            <span className="track none">
              <small style={{ left: `${(100 * LINE) / WIDEST}%` }}>{t.line}</small>
            </span>
          </li>
        </ul>
      }
      table={() => (
        <DataTable
          caption={t.drift}
          rows={shifts}
          rowKey={(one) => one.name}
          empty={null}
          columns={[
            { key: "name", title: t.shiftColumns.name, by: (one) => one.name, cell: (one) => featureOf(one.name) },
            { key: "value", title: t.shiftColumns.value, align: "end", by: (one) => one.value, cell: (one) => one.value.toFixed(4) },
            { key: "level", title: t.shiftColumns.level, cell: (one) => <Badge kind={LEVEL[one.level] ?? "muted"}>{t.levels[one.level] ?? one.level}</Badge> },
          ]}
        />
      )}
    />
  );
}

function Alarms({ alarms }: { alarms: Alarm[] }) {
  const t = words();
  return (
    <Card title={t.alarms} className="flush">
      {alarms.length === 0 ? (
        <p className="hint pad">{t.noAlarms}</p>
      ) : (
        <DataTable
          caption={t.alarms}
          rows={alarms}
          rowKey={(one) => `${one.kind}${one.subject}${one.raised_at}`}
          empty={null}
          columns={[
            { key: "kind", title: t.alarmColumns.kind, cell: (one) => `${one.kind.replaceAll("_", " ")} ${featureOf(one.subject)}` },
            { key: "value", title: t.alarmColumns.value, align: "end", cell: (one) => `${one.value.toFixed(3)} / ${one.line}` },
            { key: "at", title: t.alarmColumns.at, cell: (one) => `${dateIso(one.raised_at)} ${time(one.raised_at)}` },
            { key: "state", title: t.alarmColumns.state, cell: (one) => <Badge kind={one.cleared_at ? "muted" : "bad"}>{one.cleared_at ? t.cleared : t.open}</Badge> },
          ]}
        />
      )}
    </Card>
  );
}
