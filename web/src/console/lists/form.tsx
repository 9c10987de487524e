/** One entry of a list, as it is proposed and, by the second person, said again. */
import { Button, Input } from "antd";
import { useState } from "react";
import { Field } from "../ui/field.tsx";
import { t as words } from "./text.ts";

const VALUE_MAX = 200;
const WHY_MIN = 3;
const WHY_MAX = 200;
const DAYS_MAX = 3_650;

export interface EntryAsked {
  list: string;
  kind: string;
  value: string;
  days: number;
  why: string;
}

interface FormProps {
  label: string;
  isBusy: boolean;
  onSend(entry: EntryAsked): void;
}

export function EntryForm({ label, isBusy, onSend }: FormProps) {
  const t = words();
  const [list, setList] = useState("watch");
  const [kind, setKind] = useState("device");
  const [value, setValue] = useState("");
  const [days, setDays] = useState("90");
  const [why, setWhy] = useState("");
  const long = Number(days);
  // A name is never allowed beforehand; the server says so too.
  const isWrong = kind === "name" && list === "allow";
  const isOff = isWrong || value.trim() === "" || why.trim().length < WHY_MIN || !(Number.isInteger(long) && long >= 1 && long <= DAYS_MAX);
  return (
    <form
      className="entry"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isOff) onSend({ list, kind, value: value.trim(), days: long, why: why.trim() });
      }}
    >
      <Field label={t.list} error={isWrong ? t.noAllowedName : undefined}>
        {(own) => <Select own={own} value={list} options={t.lists} onChange={setList} />}
      </Field>
      <Field label={t.kind}>{(own) => <Select own={own} value={kind} options={t.kinds} onChange={setKind} />}</Field>
      <Field label={t.value} hint={t.valueHint}>
        {(own) => <Input {...own} autoComplete="off" maxLength={VALUE_MAX} value={value} onChange={(event) => setValue(event.target.value)} />}
      </Field>
      <Field label={t.days} hint={t.daysHint}>
        {(own) => <Input {...own} inputMode="numeric" maxLength={4} value={days} onChange={(event) => setDays(event.target.value)} />}
      </Field>
      <Field label={t.why} hint={t.whyHint}>
        {(own) => <Input {...own} maxLength={WHY_MAX} value={why} onChange={(event) => setWhy(event.target.value)} />}
      </Field>
      <div className="actions">
        <Button type="primary" htmlType="submit" loading={isBusy} disabled={isOff}>
          {label}
        </Button>
      </div>
    </form>
  );
}

interface SelectProps {
  own: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean };
  value: string;
  options: Record<string, string>;
  onChange(value: string): void;
}

/** The browser's own: everybody's keys and readers know it. */
export function Select({ own, value, options, onChange }: SelectProps) {
  return (
    <select id={own.id} aria-describedby={own["aria-describedby"]} aria-invalid={own["aria-invalid"]} className="select" value={value} onChange={(event) => onChange(event.target.value)}>
      {Object.entries(options).map(([key, shown]) => (
        <option key={key} value={key}>
          {shown}
        </option>
      ))}
    </select>
  );
}
