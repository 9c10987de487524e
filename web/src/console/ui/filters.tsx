/** The bar above a table: search in what is shown, choices, saved views, a file. Its state is the address. */
import { Button, Input } from "antd";
import { useId, useState, type FormEvent } from "react";
import { read, write } from "../../shared/lang.ts";
import { restate, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { Icon } from "./icon.tsx";
import type { Column } from "./table.tsx";

const NAME_MAX = 24;
const VIEWS_MAX = 12;
const PLACES = new Set(["tab", "ring", "case", "model", "experiment", "day"]);

export interface Choice {
  key: string;
  title: string;
  options: [value: string, shown: string][];
}

interface BarProps {
  /** Views are kept under this name. */
  screen: string;
  choices: Choice[];
  onFile?: (() => void) | undefined;
  isFileBusy?: boolean;
}

export function FilterBar({ screen, choices, onFile, isFileBusy = false }: BarProps) {
  const t = text();
  const { query } = usePlace();
  const set = (key: string, value: string) => restate({ ...Object.fromEntries(query), [key]: value });
  return (
    <div className="filters">
      <Input
        className="seek"
        prefix={<Icon name="search" size={16} />}
        placeholder={t.seek}
        aria-label={t.seek}
        value={query.get("q") ?? ""}
        onChange={(event) => set("q", event.target.value)}
      />
      {choices.map((one) => (
        <Chip key={one.key} choice={one} value={query.get(one.key) ?? ""} onChange={(value) => set(one.key, value)} />
      ))}
      <span className="grow" />
      <Views screen={screen} />
      {onFile && (
        <Button type="text" onClick={onFile} loading={isFileBusy} icon={<Icon name="download" />}>
          {t.file}
        </Button>
      )}
    </div>
  );
}

function Chip({ choice, value, onChange }: { choice: Choice; value: string; onChange(value: string): void }) {
  const t = text();
  const id = useId();
  return (
    <span className={value ? "chip on" : "chip"}>
      <label htmlFor={id}>{choice.title}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t.all}</option>
        {choice.options.map(([each, shown]) => (
          <option key={each} value={each}>
            {shown}
          </option>
        ))}
      </select>
    </span>
  );
}

interface View {
  name: string;
  query: string;
}

function readViews(screen: string): View[] {
  try {
    const found: unknown = JSON.parse(read(`tongtu.views.${screen}`) ?? "[]");
    return Array.isArray(found) ? (found as View[]) : [];
  } catch {
    return [];
  }
}

function placeOf(query: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...query].filter(([key]) => PLACES.has(key)));
}

function Views({ screen }: { screen: string }) {
  const t = text();
  const { query } = usePlace();
  const [views, setViews] = useState(() => readViews(screen));
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState("");
  // A tab or a chosen row is a place, no condition.
  const now = new URLSearchParams([...query].filter(([key]) => !PLACES.has(key))).toString();
  const keep = (next: View[]) => {
    write(`tongtu.views.${screen}`, JSON.stringify(next));
    setViews(next);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    const called = name.trim().slice(0, NAME_MAX);
    if (!called) return;
    keep([...views.filter((one) => one.name !== called), { name: called, query: now }].slice(-VIEWS_MAX));
    setName("");
  };
  const shown = views.find((one) => one.query === now)?.name ?? (now ? t.ownView : t.all);
  return (
    <details className="views" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t.view} <b>{shown}</b>
      </summary>
      <div className="menu">
        <ul>
          <li>
            <button type="button" onClick={() => restate(placeOf(query))}>
              {t.all}
            </button>
          </li>
          {views.map((one) => (
            <li key={one.name}>
              <button type="button" onClick={() => restate({ ...placeOf(query), ...Object.fromEntries(new URLSearchParams(one.query)) })}>
                {one.name}
              </button>
              <button
                type="button"
                aria-label={t.dropView(one.name)}
                onClick={() => keep(views.filter((each) => each !== one))}
              >
                <Icon name="close" size={16} />
              </button>
            </li>
          ))}
        </ul>
        <form onSubmit={save}>
          <Input aria-label={t.viewName} placeholder={t.viewName} maxLength={NAME_MAX} value={name} onChange={(event) => setName(event.target.value)} />
          <Button htmlType="submit">{t.saveView}</Button>
        </form>
      </div>
    </details>
  );
}

/** Keeps rows in which the searched words stand, in any cell. */
export function seek<T>(rows: readonly T[], columns: Column<T>[], words: string): readonly T[] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) return rows;
  return rows.filter((row) => columns.some((one) => plainOf(one, row).toLowerCase().includes(wanted)));
}

function plainOf<T>(column: Column<T>, row: T): string {
  if (column.plain) return String(column.plain(row));
  const shown = column.cell(row);
  return typeof shown === "string" || typeof shown === "number" ? String(shown) : "";
}

/** Writes rows as CSV with the columns' titles; a text that a spreadsheet would run as a formula is quoted. */
export function csv<T>(rows: readonly T[], columns: Column<T>[]): string {
  const lines = rows.map((row) => columns.map((one) => plainOf(one, row)));
  return [columns.map((one) => one.title), ...lines].map((line) => line.map(cellOf).join(",")).join("\r\n");
}

/** What a spreadsheet takes for the beginning of a formula, also after blanks and in full width. */
const FORMULA = /^[\s\u3000]*[=+\-@\t\r\n＝＋－＠]/;

function cellOf(value: string): string {
  const safe = FORMULA.test(value) && !/^-?[\d.,]+$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Saves text as CSV, with the mark that tells spreadsheets it is UTF-8; bytes as they are. */
export function saveFile(name: string, content: string | Uint8Array<ArrayBuffer>): void {
  const parts = typeof content === "string" ? ["\uFEFF", content] : [content];
  const address = URL.createObjectURL(new Blob(parts, { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
