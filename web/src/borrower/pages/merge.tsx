/** Two edits at once: field by field, mine and theirs with time and channel; nothing is lost silently. */
import { useState } from "preact/hooks";
import { moneyRound, time } from "../../shared/format.ts";
import type { Dispute, Value } from "../form.ts";
import { t } from "../text/index.ts";
import { Choice } from "../ui/field.tsx";
import { Button } from "../ui/parts.tsx";
import { ProblemNote } from "../ui/say.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useAction } from "../use.ts";
import { words } from "../words.ts";

const zh = {
  title: "两边都改了，用哪个？",
  note: "你和另一边同时改了下面这几项。一项一项选，没有选的不会丢。",
  mine: (value: string) => `我填的：${value}`,
  theirs: (value: string, where: string, at: string) => `${where} ${at}：${value}`,
  places: { branch: "网点", phone: "另一部设备" } as Record<string, string>,
  none: "没有填",
  act: "就用选的这些",
  busy: "正在保存",
  amount: "金额",
  tenor: "期数",
};

const en: typeof zh = {
  title: "Both sides changed this",
  note: "You and the other side changed these at the same time. Choose one by one; nothing is lost until you do.",
  mine: (value) => `Mine: ${value}`,
  theirs: (value, where, at) => `${where} ${at}: ${value}`,
  places: { branch: "Branch", phone: "Another device" },
  none: "not said",
  act: "Use what I chose",
  busy: "Saving",
  amount: "Amount",
  tenor: "Months",
};

const w = words(zh, en);

function nameOf(name: string): string {
  const facts: Record<string, string> = {
    income_minor: t.facts.income,
    expenses_minor: t.facts.expenses,
    debt_minor: t.facts.debt,
    assets_minor: t.facts.assets,
    price_minor: t.facts.price,
    seniority_years: t.facts.seniority,
    home: t.facts.home,
    job: t.facts.job,
    records: t.facts.records,
    purpose: t.facts.purpose,
    product: t.confirm.product,
    amount_minor: w().amount,
    tenor_months: w().tenor,
  };
  return facts[name] ?? name;
}

function said(name: string, value: Value): string {
  if (value === null) return w().none;
  if (name.endsWith("_minor")) return moneyRound(Number(value));
  if (typeof value === "boolean") return value ? t.facts.recordsYes : t.facts.recordsNo;
  const lists: Record<string, Record<string, string>> = { home: t.facts.homes, job: t.facts.jobs, purpose: t.purposes };
  return lists[name]?.[String(value)] ?? String(value);
}

interface MergeProps {
  disputes: Dispute[];
  onSettle(choice: Dispute["theirs"][]): Promise<void>;
}

export function Merge({ disputes, onSettle }: MergeProps) {
  const [sides, setSides] = useState<Record<string, string>>({});
  const settle = useAction(async () => {
    await onSettle(disputes.map(({ theirs, mine }) => (sides[theirs.name] === "theirs" ? theirs : { ...theirs, value: mine })));
  });
  const isWhole = disputes.every((one) => sides[one.name]);
  return (
    <Sheet
      title={w().title}
      onClose={() => undefined}
      footer={
        <Button busy={settle.busy && w().busy} off={!isWhole && w().note} onClick={() => void settle.run()}>
          {w().act}
        </Button>
      }
    >
      <p class="hint">{w().note}</p>
      {disputes.map(({ name, mine, theirs }) => (
        <Choice
          key={name}
          label={nameOf(name)}
          value={sides[name]}
          onChange={(side) => setSides((was) => ({ ...was, [name]: side }))}
          options={[
            ["mine", w().mine(said(name, mine))],
            ["theirs", w().theirs(said(name, theirs.value), w().places[theirs.channel] ?? "", time(theirs.at).slice(0, 5))],
          ]}
        />
      ))}
      <ProblemNote problem={settle.problem} />
    </Sheet>
  );
}
