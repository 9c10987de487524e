/** Resume at a branch: the person's own code opens their case; then person and card are seen. */
import { Button, Input } from "antd";
import { useState } from "react";
import { dateIso, time } from "../../shared/format.ts";
import { useDeed, usePlatform } from "../platform.tsx";
import { words } from "../text.ts";
import { Field } from "../ui/field.tsx";
import { Badge, Card, Facts, Failed, Id, PageHead, Timeline, Verdict, type Status } from "../ui/parts.tsx";
import { FormCard } from "./form.tsx";
import "../ledger/ledger.css";

const CODE_MAX = 80;

interface Case {
  verification: string;
  state: string;
  level: number;
  channel: string;
  expires_at: string;
  ways: string[];
  done: { way: string; is_done: boolean; at: string }[];
}

interface Told {
  verification: string;
  state: string;
  level: number;
}

const zh = {
  title: "网点续办",
  sub: "客户在手机上取一个续办码，读给您或让您扫。码只能用一次，几分钟内有效。",
  code: "续办码",
  codeHint: "客户手机上显示的码；扫码枪会直接填进来",
  open: "打开这件",
  none: "还没有打开个案",
  case: "身份核验",
  state: "状态",
  level: "核验到第几级",
  channel: "现在在哪办",
  until: "有效到",
  ways: "做过的核验",
  noWays: "还没有做过",
  seen: "本人和证件都在面前",
  seenSub: "请核对：证件原件、照片与本人一致、证件没有过期。确认后记在您名下。",
  read: "请这样说：“我看一下您的身份证原件，确认是您本人，之后您可以接着在手机上办。”",
  prints: "指纹比对",
  printsOptions: { none: "没有做", yes: "两枚一致", no: "不一致" },
  confirm: "确认本人和证件",
  done: (state: string) => `已记下，现在：${state}。客户的手机会自动接着走。`,
  states: { open: "办理中", review: "等人看", passed: "已核验", refused: "未通过", expired: "已过期" } as Record<string, string>,
  wayNames: {
    authority: "权威三要素",
    bank_card: "银行卡四要素",
    video: "视频核验",
    face: "人脸",
    document: "证件人像面",
    card_back: "证件国徽面",
    phone: "手机号",
    branch: "网点当面",
    fingerprint: "指纹",
  } as Record<string, string>,
  channels: { web: "网页", phone: "手机", branch: "网点" } as Record<string, string>,
};

const en: typeof zh = {
  title: "Resume at branch",
  sub: "The person asks for a code on their phone and reads it to you, or you scan it. It is good once, for a few minutes.",
  code: "Resume code",
  codeHint: "As the person's phone shows it; a scanner types it in",
  open: "Open the case",
  none: "No case is open",
  case: "Identity check",
  state: "State",
  level: "Level reached",
  channel: "Goes on at",
  until: "Good until",
  ways: "Ways gone",
  noWays: "None yet",
  seen: "Person and card are before you",
  seenSub: "Look at the card itself, at its picture and the person, and at its term. It is written down under your name.",
  read: "Say: “May I see your card? Then you can go on on your phone.”",
  prints: "Fingerprints",
  printsOptions: { none: "Not taken", yes: "Both match", no: "Do not match" },
  confirm: "Confirm person and card",
  done: (state) => `Written down; now: ${state}. The person's phone goes on by itself.`,
  states: { open: "Open", review: "Waits for a person", passed: "Verified", refused: "Refused", expired: "Expired" },
  wayNames: {
    authority: "Authority, three elements",
    bank_card: "Bank card, four elements",
    video: "Video",
    face: "Face",
    document: "Card, portrait side",
    card_back: "Card, back",
    phone: "Phone number",
    branch: "At a branch",
    fingerprint: "Fingerprint",
  },
  channels: { web: "Web", phone: "Phone", branch: "Branch" },
};

const t = words(zh, en);
const STATE: Record<string, Status> = { open: "info", review: "person", passed: "ok", refused: "bad", expired: "muted" };

export default function BranchPage() {
  const w = t();
  const [code, setCode] = useState("");
  const deed = useDeed<Case>();
  return (
    <>
      <PageHead title={w.title} sub={w.sub} />
      <div className="books">
        <div>
          <Card title={w.code}>
            <form
              className="close-period first"
              onSubmit={(event) => {
                event.preventDefault();
                if (code.trim()) void deed.run("/v1/verification-resumptions", { code: code.trim() });
              }}
            >
              <Field label={w.code} hint={w.codeHint}>
                {(own) => <Input {...own} autoFocus autoComplete="off" maxLength={CODE_MAX} value={code} onChange={(event) => setCode(event.target.value)} />}
              </Field>
              {deed.problem && <Failed problem={deed.problem} />}
              <Button type="primary" htmlType="submit" loading={deed.isBusy} disabled={!code.trim()}>
                {w.open}
              </Button>
            </form>
          </Card>
          {deed.done && <Seen key={deed.done.verification} found={deed.done} />}
          {deed.done && <FormCard key={`form-${deed.done.verification}`} verification={deed.done.verification} />}
        </div>
        <Card title={w.case}>{deed.done ? <Shown found={deed.done} /> : <p className="hint">{w.none}</p>}</Card>
      </div>
    </>
  );
}

function Shown({ found }: { found: Case }) {
  const w = t();
  return (
    <>
      <Facts
        rows={[
          [w.case, <Id key="id" value={found.verification} />],
          [w.state, <Badge key="state" kind={STATE[found.state] ?? "muted"}>{w.states[found.state] ?? found.state}</Badge>],
          [w.level, found.level],
          [w.channel, w.channels[found.channel] ?? found.channel],
          [w.until, `${dateIso(found.expires_at)} ${time(found.expires_at).slice(0, 5)}`],
        ]}
      />
      <h3 className="sub">{w.ways}</h3>
      {found.done.length === 0 ? (
        <p className="hint">{w.noWays}</p>
      ) : (
        <Timeline
          moments={found.done.map((one) => ({
            key: one.way,
            title: w.wayNames[one.way] ?? one.way,
            at: time(one.at),
            state: one.is_done ? "done" : "now",
            kind: one.is_done ? "ok" : "warn",
          }))}
        />
      )}
    </>
  );
}

function Seen({ found }: { found: Case }) {
  const w = t();
  const { can } = usePlatform();
  const [prints, setPrints] = useState("none");
  const deed = useDeed<Told>();
  if (!can("POST /v1/verifications/{verification}/branch")) return null;
  return (
    <Card title={w.seen}>
      <p className="say-aloud">
        {w.read}
      </p>
      <p className="hint">{w.seenSub}</p>
      {deed.done ? (
        <Verdict kind={deed.done.state === "refused" ? "bad" : "ok"}>{w.done(w.states[deed.done.state] ?? deed.done.state)}</Verdict>
      ) : (
        <form
          className="close-period"
          onSubmit={(event) => {
            event.preventDefault();
            const match = prints === "none" ? null : prints === "yes";
            void deed.run(`/v1/verifications/${found.verification}/branch`, { prints_match: match });
          }}
        >
          <fieldset className="checks">
            <legend>{w.prints}</legend>
            {Object.entries(w.printsOptions).map(([key, label]) => (
              <label key={key}>
                <input type="radio" name="prints" checked={prints === key} onChange={() => setPrints(key)} />
                {label}
              </label>
            ))}
          </fieldset>
          {deed.problem && <Failed problem={deed.problem} />}
          <Button type="primary" htmlType="submit" loading={deed.isBusy}>
            {w.confirm}
          </Button>
        </form>
      )}
    </Card>
  );
}
