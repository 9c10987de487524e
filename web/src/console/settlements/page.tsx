/** Settlements of a closed day: each lender's opening, total and closing; the file; the lender's word on it. */
import { Button, Input } from "antd";
import { useState } from "react";
import { count, dateIso, moneyInTable } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import { useDeed, useLoad, usePlatform } from "../platform.tsx";
import { restate, usePlace } from "../router.ts";
import { words } from "../text.ts";
import { Field } from "../ui/field.tsx";
import { saveFile } from "../ui/filters.tsx";
import { List } from "../ui/list.tsx";
import { Badge, Card, Empty, Failed, Id, PageHead, type Status } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import "../ledger/ledger.css";

const NOTE_MAX = 500;
const DAY_MS = 86_400_000;

interface Settlement {
  lender: number;
  day: string;
  opening_minor: number;
  total_minor: number;
  closing_minor: number;
  lines: number;
  sha256: string;
  state: string;
  answered_at: string | null;
  note: string | null;
}

const zh = {
  title: "结算",
  sub: "每家资金方每天一份文件，从期初到期末，逐笔可查；资金方确认或提出异议。",
  day: "哪一天",
  make: "生成这一天的结算",
  none: "这一天还没有结算",
  noneSub: "日终以后由运营生成。",
  columns: { lender: "资金方", lines: "笔数", opening: "期初（元）", total: "发生（元）", closing: "期末（元）", hash: "文件指纹", state: "状态", file: "文件" },
  states: { made: "已生成", confirmed: "已确认", disputed: "有异议" } as Record<string, string>,
  load: "下载",
  answer: "你的答复",
  answerSub: "对着文件逐笔核过以后再答复，只能答复一次。",
  note: "备注",
  right: "确认无误",
  wrong: "有异议",
};

const en: typeof zh = {
  title: "Settlements",
  sub: "One file a lender and day, from opening to closing, line by line; the lender confirms or disputes it.",
  day: "Day",
  make: "Make this day's settlements",
  none: "No settlement of this day yet",
  noneSub: "Operations make them after the day end.",
  columns: { lender: "Lender", lines: "Lines", opening: "Opening (yuan)", total: "Total (yuan)", closing: "Closing (yuan)", hash: "Hash of the file", state: "State", file: "File" },
  states: { made: "Made", confirmed: "Confirmed", disputed: "Disputed" },
  load: "Download",
  answer: "Your answer",
  answerSub: "Check the file line by line first; it can be answered once.",
  note: "Note",
  right: "Confirm",
  wrong: "Dispute",
};

const t = words(zh, en);
const STATE: Record<string, Status> = { made: "wait", confirmed: "ok", disputed: "bad" };

export default function SettlementsPage() {
  const w = t();
  const { can, me } = usePlatform();
  const { query } = usePlace();
  const day = query.get("day") ?? dateIso(new Date(Date.now() - DAY_MS));
  const read = useLoad<{ items: Settlement[] }>(`/v1/settlements/${day}`);
  const desks = useLoad<{ items: { number: number; name_zh: string; name_en: string }[] }>(can("GET /v1/lender-desks") ? "/v1/lender-desks" : null);
  const names = new Map(desks.data?.items.map((one) => [one.number, pick(one, "name")]));
  const making = useDeed<unknown>(read.again);
  const own = read.data?.items.find((one) => one.lender === me.organisation && one.answered_at === null);
  return (
    <>
      <PageHead
        title={w.title}
        sub={w.sub}
        actions={
          <>
            <Input type="date" aria-label={w.day} value={day} onChange={(event) => restate({ ...Object.fromEntries(query), day: event.target.value })} />
            {can("POST /v1/operations/settlements") && (
              <Button type="primary" loading={making.isBusy} onClick={() => void making.run("/v1/operations/settlements", { day })}>
                {w.make}
              </Button>
            )}
          </>
        }
      />
      {making.problem && <Failed problem={making.problem} />}
      <List
        screen="settlements"
        caption={w.title}
        rows={read.data?.items}
        problem={read.problem}
        onAgain={read.again}
        columns={columnsOf(names)}
        rowKey={(one) => `${one.lender}`}
        choices={[{ key: "state", title: w.columns.state, options: Object.entries(w.states), of: (one) => one.state }]}
        empty={
          <Empty title={w.none}>
            <p>{w.noneSub}</p>
          </Empty>
        }
      />
      {own && can("POST /v1/settlements/{day}/answer") && <Answer found={own} onDone={read.again} />}
    </>
  );
}

function columnsOf(names: Map<number, string>): Column<Settlement>[] {
  const w = t();
  const money = (key: string, title: string, of: (one: Settlement) => number): Column<Settlement> => ({ key, title, align: "end", by: of, cell: (one) => moneyInTable(of(one)) });
  return [
    { key: "lender", title: w.columns.lender, by: (one) => one.lender, cell: (one) => <b>{names.get(one.lender) ?? one.lender}</b>, plain: (one) => names.get(one.lender) ?? one.lender },
    { key: "lines", title: w.columns.lines, align: "end", by: (one) => one.lines, cell: (one) => count(one.lines) },
    money("opening", w.columns.opening, (one) => one.opening_minor),
    money("total", w.columns.total, (one) => one.total_minor),
    money("closing", w.columns.closing, (one) => one.closing_minor),
    { key: "hash", title: w.columns.hash, cell: (one) => <Id value={one.sha256} /> },
    { key: "state", title: w.columns.state, by: (one) => one.state, cell: (one) => <Badge kind={STATE[one.state] ?? "muted"}>{w.states[one.state] ?? one.state}</Badge> },
    { key: "file", title: w.columns.file, cell: (one) => <File of={one} /> },
  ];
}

function File({ of }: { of: Settlement }) {
  const w = t();
  const { http } = usePlatform();
  const [problem, setProblem] = useState<Problem>();
  const load = async () => {
    try {
      const content = await http.bytes(`/v1/settlements/${of.day}/${of.lender}/file`);
      // Byte for byte: the hash is of the file as it was made.
      saveFile(`settlement-${of.lender}-${of.day}.csv`, content);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  if (problem) return <Failed problem={problem} />;
  return (
    <Button type="link" size="small" onClick={() => void load()}>
      {w.load}
    </Button>
  );
}

function Answer({ found, onDone }: { found: Settlement; onDone(): void }) {
  const w = t();
  const [note, setNote] = useState("");
  const deed = useDeed<unknown>(onDone);
  const send = (isRight: boolean) =>
    void deed.run(`/v1/settlements/${found.day}/answer`, { sha256: found.sha256, is_right: isRight, note: note.trim() || null });
  return (
    <Card title={w.answer} unit={w.answerSub} className="answer">
      <Field label={w.note}>{(own) => <Input {...own} maxLength={NOTE_MAX} value={note} onChange={(event) => setNote(event.target.value)} />}</Field>
      {deed.problem && <Failed problem={deed.problem} />}
      <div className="actions">
        <Button type="primary" loading={deed.isBusy} onClick={() => send(true)}>
          {w.right}
        </Button>
        <Button danger disabled={note.trim() === ""} loading={deed.isBusy} onClick={() => send(false)}>
          {w.wrong}
        </Button>
      </div>
    </Card>
  );
}
