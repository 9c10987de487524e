/** Evidence: the newest checkpoint, one entry's proof, or a proof file; each checked in this browser. */
import { Button, Input } from "antd";
import { useState, type ReactNode } from "react";
import { verify } from "../../borrower/verify.ts";
import { count, dateIso, time } from "../../shared/format.ts";
import { useLoad } from "../platform.tsx";
import { Field } from "../ui/field.tsx";
import { Badge, Card, Facts, Failed, Id, PageHead, Read, Verdict } from "../ui/parts.tsx";
import { Said, useProof, type Found } from "./said.tsx";
import { t as words } from "./text.ts";
import "../ledger/ledger.css";

const ID_MAX = 32;
const FILE_BYTES_MAX = 1_000_000;

interface Checkpoint {
  size: number;
  root: string | null;
  at: string | null;
  log_key: string;
  quorum: number;
  final: { size: number; at: string; witnesses: string[] } | null;
  witnesses: { key: string; state: string; size: number; at: string; reason: string }[];
}

export default function EvidencePage() {
  const t = words();
  const read = useLoad<Checkpoint>("/v1/evidence/checkpoint");
  return (
    <>
      <PageHead title={t.title} sub={t.sub} />
      <div className="books">
        <div>
          <One logKey={read.data?.log_key} />
          <File logKey={read.data?.log_key} />
        </div>
        <Card title={t.checkpoint} unit={t.checkpointUnit}>
          <Read of={read} rows={5}>
            {(found) => <Shown found={found} />}
          </Read>
        </Card>
      </div>
    </>
  );
}

function Shown({ found }: { found: Checkpoint }) {
  const t = words();
  if (found.root === null || found.at === null) return <p className="hint">{t.none}</p>;
  const stamp = (at: string) => `${dateIso(at)} ${time(at)}`;
  return (
    <Facts
      rows={[
        [t.size, count(found.size)],
        [t.root, <Id key="root" value={found.root} />],
        [t.at, stamp(found.at)],
        [t.key, <code key="key">{found.log_key.split("+").slice(0, 2).join("+")}</code>],
        [t.final, found.final ? `${count(found.final.size)}，${stamp(found.final.at)}` : t.noFinal],
        ...found.witnesses.map((one): [string, ReactNode] => [
          t.witnesses,
          <span key={one.key}>
            <code>{one.key.split("+")[0]}</code> <Badge kind="muted">{one.state}</Badge>
          </span>,
        ]),
      ]}
    />
  );
}

function One({ logKey }: { logKey: string | undefined }) {
  const t = words();
  const [kind, setKind] = useState("decision");
  const [subject, setSubject] = useState("");
  const reading = useProof(kind, subject.trim());
  return (
    <Card title={t.check}>
      <form
        className="close-period first"
        onSubmit={(event) => {
          event.preventDefault();
          if (subject.trim()) reading.read();
        }}
      >
        <span className="chip">
          <label htmlFor="proof-kind">{t.kind}</label>
          <select id="proof-kind" value={kind} onChange={(event) => setKind(event.target.value)}>
            {Object.entries(t.kinds).map(([each, shown]) => (
              <option key={each} value={each}>
                {shown}
              </option>
            ))}
          </select>
        </span>
        <Field label={t.subject} hint={t.subjectHint}>
          {(own) => <Input {...own} maxLength={ID_MAX} value={subject} onChange={(event) => setSubject(event.target.value)} />}
        </Field>
        <Button type="primary" htmlType="submit" loading={reading.isBusy} disabled={!subject.trim()}>
          {t.verify}
        </Button>
      </form>
      {reading.problem && <Failed problem={reading.problem} />}
      {reading.data && <Said found={reading.data} logKey={logKey} />}
      <p className="hint">{t.says}</p>
    </Card>
  );
}

/** A file that was handed over: what it says it is of is believed for the first step only. */
function File({ logKey }: { logKey: string | undefined }) {
  const t = words();
  const [found, setFound] = useState<Found | "no proof">();
  const check = async (file: Blob | undefined) => {
    if (!file) return;
    try {
      if (file.size > FILE_BYTES_MAX) throw new Error("too large");
      const given = JSON.parse(await file.text()) as Record<string, unknown>;
      setFound(await verify(given, { kind: String(given["kind"]), subject: String(given["subject"]) }));
    } catch {
      setFound("no proof");
    }
  };
  return (
    <Card title={t.file} unit={t.fileSub}>
      <Field label={t.fileName}>
        {({ id }) => <input id={id} type="file" accept="application/json,.json" onChange={(event) => void check(event.target.files?.[0])} />}
      </Field>
      {found === "no proof" && <Verdict kind="bad">{t.notProof}</Verdict>}
      {found !== undefined && found !== "no proof" && <Said found={found} logKey={logKey} />}
    </Card>
  );
}
