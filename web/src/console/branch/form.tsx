/** The person's form at the branch: as they typed it, kept alike with their phone, conflicts shown. */
import { Button, Input, Select } from "antd";
import { useEffect, useRef, useState } from "react";
import { time } from "../../shared/format.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import { usePlatform } from "../platform.tsx";
import { words } from "../text.ts";
import { Field } from "../ui/field.tsx";
import { Card, Failed } from "../ui/parts.tsx";

const LOOK_MS = 1_000;

type Value = number | string | boolean | null;

interface Written {
  name: string;
  value: Value;
  version: number;
  at: string;
  channel: string;
}

interface Form {
  version: number;
  fields: Written[];
}

const zh = {
  title: "申请表",
  sub: "和客户手机上的是同一份，一秒内互相看得到。按客户说的填，填完逐项念一遍。",
  names: {
    amount_minor: "想借多少（元）",
    income_minor: "每月到手收入（元）",
    expenses_minor: "每月生活支出（元）",
    debt_minor: "一共欠多少（元）",
    assets_minor: "存款和财产（元）",
    price_minor: "要买的总价（元）",
    seniority_years: "工作年限",
    home: "住在哪里",
    job: "怎么工作",
  } as Record<string, string>,
  homes: { owner: "自有住房", rent: "租房", parents: "和父母同住", private: "别人提供", other: "其他" } as Record<string, string>,
  jobs: { fixed: "长期合同", part_time: "兼职", freelance: "自由职业", other: "其他" } as Record<string, string>,
  from: (where: string, at: string) => `${where} ${at}`,
  places: { phone: "客户手机", branch: "网点" } as Record<string, string>,
  save: "保存这些改动",
  conflict: (name: string, value: string, at: string) => `“${name}”客户在 ${at} 改成了 ${value}。请和客户确认后再保存。`,
  bad: "请填数字",
};

const en: typeof zh = {
  title: "Application form",
  sub: "The same as on the person's phone; each sees the other within a second. Fill in what they say and read it back.",
  names: {
    amount_minor: "Amount wanted (yuan)",
    income_minor: "Monthly income (yuan)",
    expenses_minor: "Monthly spending (yuan)",
    debt_minor: "Owed in all (yuan)",
    assets_minor: "Savings and property (yuan)",
    price_minor: "Price of what is bought (yuan)",
    seniority_years: "Years at work",
    home: "Home",
    job: "Work",
  },
  homes: { owner: "Own", rent: "Rented", parents: "With parents", private: "Given by others", other: "Other" },
  jobs: { fixed: "Permanent", part_time: "Part time", freelance: "Freelance", other: "Other" },
  from: (where, at) => `${where} ${at}`,
  places: { phone: "Phone", branch: "Branch" },
  save: "Save these changes",
  conflict: (name, value, at) => `The person changed “${name}” to ${value} at ${at}. Please settle it with them, then save.`,
  bad: "Please give a number",
};

const t = words(zh, en);
const FEN = 100;
const shown = (name: string, value: Value) => (value === null ? "" : name.endsWith("_minor") ? String(Number(value) / FEN) : String(value));

/** Yuan with at most two decimals as whole fen; undefined is no sum. */
function read(name: string, text: string): Value | undefined {
  const plain = text.normalize("NFKC").replace(/[,\s]/g, "");
  if (!name.endsWith("_minor")) return name === "seniority_years" ? (/^\d{1,2}$/.test(plain) ? Number(plain) : undefined) : plain;
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(plain);
  return found ? Number(found[1]) * FEN + Number((found[2] ?? "").padEnd(2, "0")) : undefined;
}

export function FormCard({ verification }: { verification: string }) {
  const w = t();
  const { http } = usePlatform();
  const path = `/v1/verifications/${verification}/form`;
  const [form, setForm] = useState<Form>();
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [base, setBase] = useState(0);
  const [problem, setProblem] = useState<Problem>();
  const seen = useRef(-1);
  const look = async (isForced = false) => {
    try {
      // The version shows nobody's data; each look at the form itself is told to its person.
      const { version } = await http.json<{ version: number }>(`${path}/version`);
      if (!isForced && version === seen.current) return;
      seen.current = version;
      const found = await http.json<Form>(path);
      setForm(found);
      // While nothing is typed here, what is seen is what one goes on from.
      setTyped((was) => {
        if (Object.keys(was).length === 0) setBase(found.version);
        return was;
      });
      setProblem(undefined);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  useEffect(() => {
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => clearInterval(timer);
  }, [verification]);
  const there = (name: string) => form?.fields.find((one) => one.name === name);
  const clashes = Object.keys(typed).filter((name) => {
    const own = there(name);
    return own !== undefined && own.version > base && own.channel !== "branch" && shown(name, own.value) !== typed[name];
  });
  const wrong = Object.keys(typed).filter((name) => read(name, typed[name] ?? "") === undefined);
  const save = async () => {
    // The clerk has the clash before their eyes: what they save now is meant.
    const fields = Object.entries(typed).map(([name, text]) => ({ name, value: read(name, text) }));
    try {
      const kept = await http.json<Form>(path, { method: "PUT", body: { base: clashes.length > 0 ? form?.version : base, fields } });
      setForm(kept);
      setBase(kept.version);
      setTyped({});
    } catch (error) {
      setProblem(asProblem(error));
      await look(true);
    }
  };
  const set = (name: string, text: string) => setTyped((was) => ({ ...was, [name]: text }));
  return (
    <Card title={w.title}>
      <p className="hint">{w.sub}</p>
      <form
        className="close-period"
        onSubmit={(event) => {
          event.preventDefault();
          if (wrong.length === 0) void save();
        }}
      >
        {Object.keys(w.names).map((name) => {
          const own = there(name);
          const options = name === "home" ? w.homes : name === "job" ? w.jobs : undefined;
          const value = typed[name] ?? shown(name, own?.value ?? null);
          const hint = own ? w.from(w.places[own.channel] ?? own.channel, time(own.at)) : "";
          return (
            <Field key={name} label={w.names[name] ?? name} hint={wrong.includes(name) ? w.bad : hint}>
              {(control) =>
                options ? (
                  <Select {...control} value={value || null} onChange={(next: string) => set(name, next)} options={Object.entries(options).map(([key, label]) => ({ value: key, label }))} />
                ) : (
                  <Input {...control} inputMode="decimal" maxLength={13} value={value} onChange={(event) => set(name, event.target.value)} />
                )
              }
            </Field>
          );
        })}
        {clashes.map((name) => (
          <p key={name} role="alert" className="clash">
            {w.conflict(w.names[name] ?? name, shown(name, there(name)?.value ?? null), time(there(name)?.at ?? "").slice(0, 5))}
          </p>
        ))}
        {problem && <Failed problem={problem} />}
        <Button type="primary" htmlType="submit" disabled={Object.keys(typed).length === 0}>
          {w.save}
        </Button>
      </form>
    </Card>
  );
}
