/** Rule tables: the grid with its changes, golden cases at the save, back-test, shadow, two persons. */
import { useMemo, useState } from "react";
import { useLoad, usePlatform } from "../platform.tsx";
import { restate, usePlace } from "../router.ts";
import { Badge, Card, PageHead, Read } from "../ui/parts.tsx";
import { Grid } from "./grid.tsx";
import { changesOf, tableOf, type RuleRow } from "./model.ts";
import { SaveCard } from "./save.tsx";
import { t as words } from "./text.ts";
import { Versions, type RuleSet } from "./versions.tsx";
import "./rules.css";

interface Files {
  hash: string | null;
  files: Record<string, string>;
}

export interface RuleSets {
  items: RuleSet[];
}

const SHORT = 8;
const EXECUTABLE = /^\w+\.json$/;

export default function RulesPage() {
  const { query } = usePlace();
  const asked = query.get("set") ?? "";
  const force = useLoad<Files>("/v1/rule-files");
  const sets = useLoad<RuleSets>("/v1/rules");
  const draft = useLoad<Files>(asked ? `/v1/rules/${asked}/files` : null);
  return (
    <Read of={force} rows={12}>
      {(found) =>
        asked && !draft.data ? (
          <Read of={draft}>{() => null}</Read>
        ) : (
          <Rules key={`${found.hash}${asked}`} force={found} draft={draft.data?.files ?? {}} sets={sets.data?.items ?? []} onAgain={sets.again} />
        )
      }
    </Read>
  );
}

interface RulesProps {
  force: Files;
  draft: Record<string, string>;
  sets: RuleSet[];
  onAgain(): void;
}

function Rules({ force, draft, sets, onAgain }: RulesProps) {
  const t = words();
  const { can } = usePlatform();
  const { query } = usePlace();
  const names = Object.keys(force.files).filter((name) => EXECUTABLE.test(name) && !name.includes(".cases."));
  const name = names.find((one) => one === query.get("file")) ?? names[0] ?? "";
  const base = force.files[name] ?? "";
  const table = useMemo(() => tableOf(base), [base]);
  const start = useMemo(() => tableOf(draft[name] ?? base)?.rules ?? [], [draft, name, base]);
  const [edited, setEdited] = useState<Record<string, RuleRow[]>>({});
  const rows = edited[name] ?? start;
  const columns = table ? [...table.inputs, ...table.outputs].map((one) => one.id) : [];
  const changes = table ? changesOf(table.rules, rows, columns) : [];
  const asked = query.get("set");
  const own = sets.find((one) => one.hash === asked);
  const canEdit = can("POST /v1/rules");
  return (
    <>
      <PageHead
        title={t.title}
        badge={own ? <Badge kind="warn">{`${t.statuses[own.status] ?? own.status} ${own.hash.slice(0, SHORT)}`}</Badge> : null}
        sub={
          <>
            {force.hash === null ? t.release : t.inForce(force.hash.slice(0, SHORT))}。{table && (t.policy[table.hitPolicy] ?? table.hitPolicy)}
          </>
        }
      />
      <div className="rules">
        <div>
          <Card
            title={t.files[name] ?? name}
            unit={<Badge kind={changes.length > 0 ? "warn" : "muted"}>{t.changed(changes.length)}</Badge>}
            className="flush"
            aside={<FileChoice names={names} name={name} />}
          >
            {table && (
              <Grid
                key={name}
                table={table}
                rows={rows}
                changes={changes}
                canEdit={canEdit}
                onChange={(next) => setEdited({ ...edited, [name]: next })}
                onUndo={() => setEdited({ ...edited, [name]: table.rules })}
              />
            )}
          </Card>
        </div>
        <div>
          {canEdit ? (
            <SaveCard
              isChanged={edited[name] !== undefined && changes.length > 0}
              texts={{ ...draft, ...edits(force.files, edited) }}
              onSaved={(made) => {
                onAgain();
                restate({ file: name, set: made.hash });
              }}
            />
          ) : (
            <p className="hint">{t.readOnly}</p>
          )}
          <Versions sets={sets} own={own} onAgain={onAgain} />
        </div>
      </div>
    </>
  );
}

function FileChoice({ names, name }: { names: string[]; name: string }) {
  const t = words();
  const { query } = usePlace();
  return (
    <span className="chip">
      <label htmlFor="rule-file">{t.file}</label>
      <select id="rule-file" value={name} onChange={(event) => restate({ ...Object.fromEntries(query), file: event.target.value })}>
        {names.map((one) => (
          <option key={one} value={one}>
            {t.files[one] ?? one}
          </option>
        ))}
      </select>
    </span>
  );
}

/** Each edited file as it is to be saved. */
function edits(files: Record<string, string>, edited: Record<string, RuleRow[]>): Record<string, { text: string; rows: RuleRow[] }> {
  return Object.fromEntries(Object.entries(edited).map(([name, rows]) => [name, { text: files[name] ?? "", rows }]));
}
