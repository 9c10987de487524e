/** The grid: a cell is changed where it stands; changed cells are amber, new in bold, old struck. */
import { Button, Input } from "antd";
import { useState } from "react";
import { currentLang } from "../../shared/lang.ts";
import { Icon } from "../ui/icon.tsx";
import { Badge, type Status } from "../ui/parts.tsx";
import { inLanguage, unquoted, type CellChange, type RuleRow, type RuleTable, type TableColumn } from "./model.ts";
import { t as words } from "./text.ts";

const CELL_MAX = 400;
const SEVERITY: Record<string, Status> = { decline: "bad", review: "person", pass: "ok" };

interface GridProps {
  table: RuleTable;
  rows: RuleRow[];
  changes: CellChange[];
  canEdit: boolean;
  onChange(rows: RuleRow[]): void;
  onUndo(): void;
}

export function Grid({ table, rows, changes, canEdit, onChange, onUndo }: GridProps) {
  const t = words();
  const isChinese = currentLang() === "zh";
  const [isOnly, setOnly] = useState(false);
  // What a row gives stands beside its name: the conditions are more than a screen is wide.
  const columns = [...table.outputs.filter((one) => one.id !== "rule"), ...table.inputs];
  const titleOf = (one: TableColumn) => t.outputs[one.id] ?? inLanguage(one.name, isChinese);
  const changed = new Set(changes.map((one) => one.row));
  const shown = isOnly ? rows.filter((row) => changed.has(row._id)) : rows;
  const write = (id: string, column: string, value: string) =>
    onChange(rows.map((row) => (row._id === id ? written(row, column, value) : row)));
  return (
    <>
      <div className="grid-bar">
        <Button aria-pressed={isOnly} onClick={() => setOnly(!isOnly)}>
          {t.onlyChanged} {changed.size}
        </Button>
        <span className="grow" />
        {canEdit && changes.length > 0 && (
          <Button type="text" onClick={onUndo}>
            {t.undo}
          </Button>
        )}
        {canEdit && <Button onClick={() => onChange([...rows, freshRow(rows)])}>{t.addRow}</Button>}
      </div>
      <div className="table-wrap" role="group" aria-label={t.title} tabIndex={0}>
        <table className="table rule-grid">
          <caption className="unseen">{t.title}</caption>
          <thead>
            <tr>
              <th scope="col">{t.rule}</th>
              {columns.map((one) => (
                <th key={one.id} scope="col">
                  {titleOf(one)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row._id} className={changed.has(row._id) ? "changed" : ""}>
                <th scope="row" title={inLanguage(row._description ?? "", isChinese)}>
                  {row._id}
                  {canEdit && (
                    <button type="button" className="drop" aria-label={t.dropRow(row._id)} onClick={() => onChange(rows.filter((each) => each !== row))}>
                      <Icon name="close" size={14} />
                    </button>
                  )}
                </th>
                {columns.map((one) => (
                  <Cell
                    key={one.id}
                    label={t.edit(row._id, titleOf(one))}
                    column={one.id}
                    value={row[one.id] ?? ""}
                    change={changes.find((each) => each.row === row._id && each.column === one.id)}
                    canEdit={canEdit}
                    onWrite={(value) => write(row._id, one.id, value)}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** An empty cell asks for nothing: it is not written at all. */
function written(row: RuleRow, column: string, value: string): RuleRow {
  if (value !== "") return { ...row, [column]: value };
  const { [column]: _, ...rest } = row;
  return rest as RuleRow;
}

function freshRow(rows: RuleRow[]): RuleRow {
  const taken = new Set(rows.map((row) => row._id));
  let n = rows.length + 1;
  while (taken.has(`RULE-${String(n).padStart(2, "0")}`)) n += 1;
  const id = `RULE-${String(n).padStart(2, "0")}`;
  return { _id: id, rule: `'${id}'`, severity: "'review'", reason: "''" };
}

interface CellProps {
  label: string;
  column: string;
  value: string;
  change: CellChange | undefined;
  canEdit: boolean;
  onWrite(value: string): void;
}

function Cell({ label, column, value, change, canEdit, onWrite }: CellProps) {
  const [typed, setTyped] = useState<string>();
  const shown =
    column === "severity" ? (
      <Severity code={unquoted(value)} />
    ) : (
      <span>
        {value === "" ? "—" : column === "reason" ? unquoted(value) : value}
        {change && change.before !== "" && <s> {change.before}</s>}
      </span>
    );
  if (!canEdit) return <td className={change ? "edited" : ""}>{shown}</td>;
  if (typed === undefined) {
    return (
      <td className={change ? "edited" : ""}>
        <button type="button" className="plain" onClick={() => setTyped(value)}>
          <span className="unseen">{label}: </span>
          {shown}
        </button>
      </td>
    );
  }
  const end = (isKept: boolean) => {
    if (isKept && typed !== value) onWrite(typed.trim());
    setTyped(undefined);
  };
  return (
    <td className="editing">
      <Input
        autoFocus
        size="small"
        aria-label={label}
        maxLength={CELL_MAX}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={() => end(true)}
        onKeyDown={(event) => {
          if (event.key === "Enter") end(true);
          if (event.key === "Escape") end(false);
        }}
      />
    </td>
  );
}

function Severity({ code }: { code: string }) {
  const t = words();
  return <Badge kind={SEVERITY[code] ?? "muted"}>{t.severities[code] ?? code}</Badge>;
}
