/** The queue of identity checks: why a person has to look, what was found, the pictures, and the word. */
import { Button } from "antd";
import { useEffect, useState } from "react";
import { count, dateIso, time } from "../../shared/format.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import { useDeed, usePlatform, useReading } from "../platform.tsx";
import { restate, usePlace } from "../router.ts";
import { text } from "../text.ts";
import { wordOf } from "../ui/cases.ts";
import { Checks, Field } from "../ui/field.tsx";
import { List } from "../ui/list.tsx";
import { usePages } from "../ui/pages.ts";
import { Badge, Deck, Empty, Facts, Failed, Id, PageHead, Timeline, Verdict, type Status } from "../ui/parts.tsx";
import type { Column } from "../ui/table.tsx";
import { Select } from "../lists/form.tsx";
import { t as words } from "./text.ts";
import "../desk/desk.css";
import "./identity.css";

const PAGE = 50;
const PPM = 1_000_000;
const OUTCOME: Record<string, Status> = { yes: "ok", no: "bad", unknown: "muted", person: "person" };
const VOUCHES_MAX = 4;

interface Element {
  way: string;
  outcome: string;
  provider: string;
  is_certified: boolean;
  detail: string[];
  distance_ppm: number | null;
  at: string;
}

interface Waiting {
  verification: string;
  party: string;
  channel: string;
  reasons: string[];
  risk_level: number;
  is_taken: boolean;
  opened_at: string;
  elements: Element[];
  pictures: { document: string; kind: string; is_erased: boolean }[];
}

export default function IdentityPage() {
  const t = words();
  const { query } = usePlace();
  const read = usePages<Waiting>("/v1/reviews/verifications", "", PAGE);
  const picked = read.rows.find((one) => one.verification === query.get("case")) ?? read.rows[0];
  return (
    <>
      <PageHead title={read.rows.length > 0 || read.isLoading ? t.title(read.isLoading ? "…" : `${count(read.rows.length)}${read.more ? "+" : ""}`) : t.none} sub={t.sub} />
      <div className="desk">
        <List
          screen="identity"
          caption={text().pages.identity}
          rows={read.rows}
          isLoading={read.isLoading}
          problem={read.problem}
          onAgain={read.again}
          more={read.more}
          columns={columnsOf()}
          rowKey={(one) => one.verification}
          onPick={(one) => restate({ ...Object.fromEntries(query), case: one.verification })}
          picked={picked?.verification}
          choices={[
            { key: "channel", title: t.columns.channel, options: Object.entries(t.channels), of: (one) => one.channel },
            { key: "taken", title: t.columns.taken, options: [["yes", t.taken], ["no", t.free]], of: (one) => (one.is_taken ? "yes" : "no") },
          ]}
          empty={
            <Empty title={t.none}>
              <p>{t.noneSub}</p>
            </Empty>
          }
        />
        <aside className="card" aria-label={t.pick}>
          {picked ? (
            <Case key={picked.verification} found={picked} onDone={read.again} />
          ) : (
            <Empty title={t.pick}>
              <p>{t.pickSub}</p>
            </Empty>
          )}
        </aside>
      </div>
    </>
  );
}

function reasonsOf(one: Waiting): string {
  const t = words();
  const word = (code: string) => {
    const found = /^([a-z_]+)_(yes|no|unknown|person)$/.exec(code);
    if (!found) return code === "face_tries" ? t.tries : code;
    return `${wordOf(t.ways, found[1] ?? "")} ${wordOf(t.because, found[2] ?? "")}`;
  };
  return one.reasons.map(word).join(text().listed) || "—";
}

function farthest(one: Waiting): number | null {
  const found = one.elements.flatMap((each) => (each.distance_ppm === null ? [] : [each.distance_ppm]));
  return found.length > 0 ? Math.max(...found) : null;
}

function distanceOf(ppm: number): string {
  return (ppm / PPM).toFixed(2);
}

function columnsOf(): Column<Waiting>[] {
  const t = words();
  return [
    { key: "opened", title: t.columns.opened, by: (one) => one.opened_at, cell: (one) => stamp(one.opened_at) },
    { key: "reasons", title: t.columns.reasons, wraps: true, by: reasonsOf, cell: reasonsOf },
    { key: "distance", title: t.columns.distance, align: "end", by: (one) => farthest(one) ?? -1, cell: (one) => (farthest(one) === null ? "—" : distanceOf(farthest(one) ?? 0)) },
    { key: "risk", title: t.columns.risk, align: "end", by: (one) => one.risk_level, cell: (one) => one.risk_level },
    { key: "channel", title: t.columns.channel, by: (one) => one.channel, cell: (one) => wordOf(t.channels, one.channel) },
    { key: "taken", title: t.columns.taken, by: (one) => Number(one.is_taken), cell: (one) => <Badge kind={one.is_taken ? "info" : "wait"}>{one.is_taken ? t.taken : t.free}</Badge>, plain: (one) => (one.is_taken ? t.taken : t.free) },
    { key: "verification", title: t.columns.verification, cell: (one) => <span className="mono">{one.verification}</span>, plain: (one) => one.verification },
  ];
}

function stamp(at: string): string {
  return `${dateIso(at)} ${time(at).slice(0, 5)}`;
}

function Case({ found, onDone }: { found: Waiting; onDone(): void }) {
  const t = words();
  const { can } = usePlatform();
  const taking = useDeed<unknown>();
  const path = `/v1/reviews/verifications/${found.verification}`;
  return (
    <div className="case">
      <header>
        <h2>{reasonsOf(found)}</h2>
        <Id value={found.verification} />
      </header>
      {can("GET /v1/persons/{party}") && <Person party={found.party} />}
      <h3>{t.elements}</h3>
      <Timeline
        moments={found.elements.map((one, n) => ({
          key: `${one.way} ${n}`,
          title: (
            <>
              {wordOf(t.ways, one.way)} <Badge kind={OUTCOME[one.outcome] ?? "muted"}>{wordOf(t.found, one.outcome)}</Badge>
            </>
          ),
          detail: <Detail of={one} />,
          at: stamp(one.at),
          state: "done",
          kind: OUTCOME[one.outcome] ?? "info",
        }))}
      />
      <h3>{t.pictures}</h3>
      <Pictures found={found} path={path} />
      {taking.done === undefined ? (
        <Button loading={taking.isBusy} onClick={() => void taking.run(`${path}/clerk`)}>
          {t.take}
        </Button>
      ) : (
        <Verdict kind="ok">{t.takenBy}</Verdict>
      )}
      {taking.problem && <Failed problem={taking.problem} />}
      <Decide path={path} onDone={onDone} />
    </div>
  );
}

function Detail({ of }: { of: Element }) {
  const t = words();
  return (
    <>
      {[...of.detail.map((code) => wordOf(t.details, code)), `${of.provider}${text().listed}${of.is_certified ? t.certified : t.uncertified}`].join(text().listed)}
      {of.distance_ppm !== null && (
        <>
          <br />
          {t.distance(distanceOf(of.distance_ppm))}
          <Deck share={of.distance_ppm / PPM} kind={OUTCOME[of.outcome] ?? "info"} label={`${t.distance(distanceOf(of.distance_ppm))}. ${t.distanceHint}`} />
        </>
      )}
    </>
  );
}

type Known = Partial<Record<"name" | "resident_id" | "phone" | "address" | "card", string | null>>;

function Person({ party }: { party: string }) {
  const t = words();
  const { http } = usePlatform();
  const reading = useReading<Known>(() => http.json(`/v1/persons/${party}`));
  if (reading.data) {
    const rows = Object.entries(reading.data).filter(([, value]) => value !== null && value !== undefined);
    if (rows.length === 0) return <p className="hint">{t.noMasked}</p>;
    return <Facts rows={rows.map(([key, value]) => [wordOf(t.fields, key), value ?? "—"])} />;
  }
  return (
    <>
      <Button loading={reading.isBusy} onClick={reading.read}>
        {t.person}
      </Button>
      {reading.problem && <Failed problem={reading.problem} />}
    </>
  );
}

function Pictures({ found, path }: { found: Waiting; path: string }) {
  const t = words();
  const { http } = usePlatform();
  const [seen, setSeen] = useState<Record<string, string>>({});
  const [problem, setProblem] = useState<Problem>();
  // What was shown is let go with the case.
  useEffect(() => () => setSeen({}), []);
  if (found.pictures.length === 0) return <p className="hint">{t.noPictures}</p>;
  const look = async (document: string) => {
    try {
      const bytes = await http.bytes(`${path}/pictures/${document}`);
      const address = await dataAddress(bytes);
      setSeen((was) => ({ ...was, [document]: address }));
      setProblem(undefined);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <>
      <ul className="pictures">
        {found.pictures.map((one) => {
          const name = wordOf(t.pictureKinds, one.kind);
          const address = seen[one.document];
          return (
            <li key={one.document}>
              <span>{name}</span>
              {address ? <img src={address} alt={name} /> : null}
              {!address && (one.is_erased ? <small>{t.erased}</small> : <Button size="small" aria-label={`${t.look} ${name}`} onClick={() => void look(one.document)}>{t.look}</Button>)}
            </li>
          );
        })}
      </ul>
      {problem && <Failed problem={problem} />}
    </>
  );
}

/** Bytes as an address of this page's own: its policy lets no other picture in. */
function dataAddress(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Promise((done, refuse) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => refuse(new Error("unreadable"));
    reader.readAsDataURL(new Blob([bytes], { type: bytes[0] === 0x89 ? "image/png" : "image/jpeg" }));
  });
}

function Decide({ path, onDone }: { path: string; onDone(): void }) {
  const t = words();
  const { can } = usePlatform();
  const [said, setSaid] = useState<"pass" | "refuse">();
  const [vouches, setVouches] = useState<string[]>([]);
  const [why, setWhy] = useState("card_compared");
  const deed = useDeed<{ state: string }>();
  if (!can("POST /v1/reviews/verifications/{verification}/ruling")) return null;
  if (deed.done) {
    return (
      <div className="done">
        <Verdict kind={deed.done.state === "refused" ? "bad" : "ok"}>{t.done(wordOf(t.states, deed.done.state))}</Verdict>
        <Button onClick={onDone}>{t.next}</Button>
      </div>
    );
  }
  return (
    <div className="deeds">
      <div className="actions">
        <Button type="primary" aria-pressed={said === "pass"} onClick={() => setSaid("pass")}>
          {t.pass}
        </Button>
        <Button aria-pressed={said === "refuse"} onClick={() => setSaid("refuse")}>
          {t.refuse}
        </Button>
      </div>
      {said && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void deed.run(`${path}/ruling`, { said, vouches: said === "pass" ? vouches : [], why });
          }}
        >
          {said === "pass" && (
            <Checks legend={t.vouches} most={VOUCHES_MAX} chosen={vouches} onChange={setVouches} options={Object.entries(t.vouchKinds).map(([code, label]) => ({ code, label }))} />
          )}
          <Field label={t.why}>{(own) => <Select own={own} value={why} options={t.grounds} onChange={setWhy} />}</Field>
          <Button type="primary" danger={said === "refuse"} htmlType="submit" loading={deed.isBusy} disabled={said === "pass" && vouches.length === 0}>
            {said === "pass" ? t.passDo : t.refuseDo}
          </Button>
        </form>
      )}
      {deed.problem && <Failed problem={deed.problem} />}
    </div>
  );
}
