/** The one-page style sheet: every value and part as it is, in the theme and language one reads in. */
import { Button, Input } from "antd";
import { useState } from "react";
import { dateInWords, dateIso, moneyInTable, money, span, time } from "../../shared/format.ts";
import { SIGN_BANKS } from "../../shared/sign.ts";
import { Problem } from "../../shared/problem.ts";
import { words, text } from "../text.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Checks, Field } from "../ui/field.tsx";
import { Badge, Card, Deck, Empty, Facts, Failed, Id, PageHead, Skeleton, Timeline, Verdict, type Status } from "../ui/parts.tsx";
import { DataTable } from "../ui/table.tsx";
import "./style.css";

const zh = {
  sub: "每一个值和部件，就是这里用的样子。切换深浅和语言看另一面。",
  sign: "标志",
  signUnit: "一座桥面，两岸之间是 T",
  colour: "颜色",
  colourUnit: "每一对文字都过 AA",
  chart: "图表：六色，各种色觉都分得开",
  type: "字",
  typeUnit: "系统字体，两种粗细，等宽数字",
  sample: "先看清成本",
  figures: "数字与日期",
  buttons: "按钮",
  primary: "看报价",
  secondary: "存草稿",
  quiet: "看明细",
  busy: "提交中",
  off: "不可用",
  danger: "停止接单",
  inputs: "输入",
  label: "到手金额",
  hint: "例如 13,500",
  wrong: "比收入还高。请看看是不是多写了一个 0？",
  grounds: "理由（最多 2 项）",
  options: ["收入已核实", "支出已说明", "身份已确认"],
  states: "状态",
  statesUnit: "一个词、一种颜色、一个形状",
  words: { ok: "已还", info: "使用中", wait: "审核中", warn: "3 天后到期", bad: "已逾期 2 天", person: "人工复核", muted: "已停止" },
  deck: "桥面",
  deckUnit: "进度、额度、期限都是这一条线",
  deckLabel: "用了 61%",
  timeline: "时间线",
  moments: ["发出付款指令", "等最终回执", "到账"],
  three: "空、载入、出错",
  none: "还没有借款",
  noneSub: "有了以后列在这里。",
  verdict: "没有被改过：逐字节相同。",
  table: "表",
  tableRows: [
    ["云岫银行", 118_282],
    ["澄澜银行", 151_940],
    ["禾光消费金融", 228_951],
  ] as [string, number][],
  lender: "资金方",
  cost: "总成本（元）",
  dialog: "对话框",
  dialogSub: "焦点留在里面，Esc 关闭，焦点回到原处。",
  rows: ["金额", "日期", "句中日期", "时刻", "时长", "编号", "负数"] as [string, string, string, string, string, string, string],
};

const en: typeof zh = {
  sub: "Every value and part just as it is used here. Switch theme and language to see the other side.",
  sign: "Sign",
  signUnit: "a deck over two banks; the space between is a T",
  colour: "Colour",
  colourUnit: "every pair of text passes AA",
  chart: "Charts: six hues, apart for every kind of sight",
  type: "Type",
  typeUnit: "system fonts, two weights, tabular figures",
  sample: "See the cost first",
  figures: "Numbers and dates",
  buttons: "Buttons",
  primary: "See offers",
  secondary: "Save draft",
  quiet: "See details",
  busy: "Sending",
  off: "Disabled",
  danger: "Stop taking cases",
  inputs: "Inputs",
  label: "Amount in hand",
  hint: "For instance 13,500",
  wrong: "That is more than your income. One zero too many?",
  grounds: "Grounds (2 at most)",
  options: ["Income was proved", "Expenses explained", "Identity confirmed"],
  states: "Status",
  statesUnit: "a word, a colour and a shape",
  words: { ok: "Paid", info: "In use", wait: "Deciding", warn: "Due in 3 days", bad: "2 days overdue", person: "A person decides", muted: "Stopped" },
  deck: "Deck",
  deckUnit: "progress, quota and deadline are this line",
  deckLabel: "61% used",
  timeline: "Timeline",
  moments: ["Payment sent", "Waiting for the receipt", "In the account"],
  three: "Empty, loading, error",
  none: "No loan yet",
  noneSub: "It will stand here once there is one.",
  verdict: "Not changed: the same byte for byte.",
  table: "Table",
  tableRows: [
    ["Yunxiu Bank", 118_282],
    ["Chenglan Bank", 151_940],
    ["Heguang Finance", 228_951],
  ],
  lender: "Lender",
  cost: "Total cost (yuan)",
  dialog: "Dialog",
  dialogSub: "The focus stays inside, Esc closes it, the focus goes back.",
  rows: ["Money", "Date", "Date in words", "Time", "Span", "Id", "Negative"],
};

const t = words(zh, en);
const COLOURS = ["primary", "hero", "seal", "bg", "surface", "sunken", "ink", "ink-2", "ink-3", "line", "line-strong", "select"];
const SIZES = ["display", "title-1", "title-2", "title-3", "body", "body-s", "table", "caption"];
const AT = "2027-02-23T14:08:12+08:00";
const STATES: Status[] = ["ok", "info", "wait", "warn", "bad", "person", "muted"];

export default function StylePage() {
  return (
    <>
      <PageHead title={text().pages.style} sub={t().sub} />
      <div className="sheet">
        <div>
          <Sign />
          <Colours />
          <Type />
          <Figures />
        </div>
        <div>
          <Buttons />
          <Inputs />
          <States />
          <Three />
          <Rows />
        </div>
      </div>
    </>
  );
}

function Sign() {
  return (
    <Card title={t().sign} unit={t().signUnit}>
      <div className="signs">
        {[64, 32, 16].map((size) => (
          <svg key={size} width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
            <rect x="3" y="4" width="26" height="5" rx="2.5" className="sign-deck" />
            <path d={SIGN_BANKS} className="sign-bank" />
          </svg>
        ))}
      </div>
    </Card>
  );
}

function Colours() {
  return (
    <Card title={t().colour} unit={t().colourUnit}>
      <ul className="swatches">
        {COLOURS.map((name) => (
          <li key={name}>
            <i style={{ background: `var(--tt-${name})` }} />
            {name}
          </li>
        ))}
      </ul>
      <p className="hint">{t().chart}</p>
      <ul className="swatches thin">
        {[1, 2, 3, 4, 5, 6].map((n) => (
          <li key={n}>
            <i style={{ background: `var(--tt-chart-${n})` }} />
            {n}
          </li>
        ))}
      </ul>
      <p className="heat">
        {[1, 2, 3, 4, 5, 6, 7].map((n) => (
          <span key={n} style={{ background: `var(--tt-seq-${n})`, color: `var(--tt-seq-${n}-ink)` }}>
            {n}
          </span>
        ))}
      </p>
    </Card>
  );
}

function Type() {
  return (
    <Card title={t().type} unit={t().typeUnit}>
      {SIZES.map((size) => (
        <p key={size} className="size">
          <span>{size}</span>
          <b style={{ fontSize: `var(--tt-${size})`, lineHeight: `var(--tt-${size}-line)` }}>
            {size === "display" ? "¥30,000" : t().sample}
          </b>
        </p>
      ))}
    </Card>
  );
}

function Figures() {
  const [amount, date, inWords, at, long, id, negative] = t().rows;
  return (
    <Card title={t().figures}>
      <Facts
        rows={[
          [amount, money(259_857)],
          [date, dateIso(AT)],
          [inWords, dateInWords(AT, true)],
          [at, time(AT)],
          [long, `${span(9)}, ${span(252_000)}`],
          [id, <Id key="id" value="ag_7k2m9q0000000" />],
          [negative, moneyInTable(-409_242_613)],
        ]}
      />
    </Card>
  );
}

function Buttons() {
  const w = t();
  return (
    <Card title={w.buttons}>
      <div className="row">
        <Button type="primary">{w.primary}</Button>
        <Button>{w.secondary}</Button>
        <Button type="text">{w.quiet}</Button>
        <Button type="primary" loading>
          {w.busy}
        </Button>
        <Button disabled>{w.off}</Button>
        <Button danger>{w.danger}</Button>
      </div>
    </Card>
  );
}

function Inputs() {
  const w = t();
  const [typed, setTyped] = useState("13,500");
  const [chosen, setChosen] = useState<string[]>(["0"]);
  const [isOpen, setOpen] = useState(false);
  return (
    <Card title={w.inputs}>
      <div className="pair">
        <Field label={w.label} hint={w.hint}>
          {(own) => <Input {...own} value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
        <Field label={w.label} error={w.wrong}>
          {(own) => <Input {...own} defaultValue="150,000" />}
        </Field>
      </div>
      <Checks legend={w.grounds} most={2} chosen={chosen} onChange={setChosen} options={w.options.map((label, n) => ({ code: String(n), label }))} />
      <div className="row">
        <Button onClick={() => setOpen(true)}>{w.dialog}</Button>
      </div>
      {isOpen && (
        <Dialog title={w.dialog} onClose={() => setOpen(false)}>
          <p>{w.dialogSub}</p>
        </Dialog>
      )}
    </Card>
  );
}

function States() {
  const w = t();
  return (
    <Card title={w.states} unit={w.statesUnit}>
      <p className="row">
        {STATES.map((state) => (
          <Badge key={state} kind={state}>
            {w.words[state]}
          </Badge>
        ))}
      </p>
      <Verdict kind="ok">{w.verdict}</Verdict>
      <h3 className="sub">
        {w.deck} <small>{w.deckUnit}</small>
      </h3>
      <Deck share={0.61} label={w.deckLabel} />
      <h3 className="sub">{w.timeline}</h3>
      <Timeline
        moments={w.moments.map((title, n) => ({ key: title, title, at: n === 0 ? time(AT) : "", state: (["done", "now", "next"] as const)[n] ?? "next", kind: n === 1 ? "warn" : "info" }))}
      />
    </Card>
  );
}

function Three() {
  const w = t();
  return (
    <Card title={w.three}>
      <div className="three-states">
        <Empty title={w.none}>
          <p>{w.noneSub}</p>
        </Empty>
        <Skeleton rows={4} />
        <Failed problem={new Problem(503, { code: "unknown", request_id: "rq_81f2" })} />
      </div>
    </Card>
  );
}

function Rows() {
  const w = t();
  return (
    <Card title={w.table} className="flush">
      <DataTable
        caption={w.table}
        rows={w.tableRows}
        rowKey={(row) => row[0]}
        empty={null}
        columns={[
          { key: "lender", title: w.lender, by: (row) => row[0], cell: (row) => <b>{row[0]}</b> },
          { key: "cost", title: w.cost, align: "end", by: (row) => row[1], cell: (row) => moneyInTable(row[1]) },
        ]}
      />
    </Card>
  );
}
