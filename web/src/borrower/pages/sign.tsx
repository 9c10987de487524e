/** Sign what was read: the document's bytes are checked against the fingerprint that is signed. */
import { useEffect, useRef, useState } from "preact/hooks";
import { count, money } from "../../shared/format.ts";
import { newKey } from "../../shared/http.ts";
import { pick } from "../../shared/lang.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import type { Clause } from "../../shared/types.ts";
import * as api from "../api.ts";
import { sha256 } from "../hash.ts";
import { t } from "../text/index.ts";
import { Check } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Button, Skeleton } from "../ui/parts.tsx";
import { Live, Note, ProblemNote } from "../ui/say.tsx";
import { useAction, useLoaded } from "../use.ts";
import type { CaseProps } from "./case.tsx";
import { Line } from "./confirm.tsx";

export function SignPage({ found, reload }: CaseProps) {
  const offer = found.offer ?? "";
  const key = useRef(newKey());
  const paper = usePaper(offer, found.agreement, key.current);
  const table = useLoaded(() => api.costTable(offer), [offer]).data;
  const clauses = useClauses(offer, table?.clauses);
  const [isOpened, setOpened] = useState(false);
  const sign = useAction(async (own, id: string, fingerprint: string) => {
    await api.signAgreement(id, fingerprint, own);
    await reload();
  });
  const ready = paper.data;
  const off = !isOpened ? t.sign.openFirst : clauses.left > 0 ? t.sign.tickAll(clauses.left) : ready?.isSame === false && t.sign.differ;
  const submit = () => ready && void sign.run(ready.agreement.agreement, ready.agreement.sha256);
  const problem = paper.problem;
  return (
    <Page
      title={t.sign.title}
      backTo="/loans"
      footer={
        <>
          {off && ready && <p class="hint">{off}</p>}
          <ProblemNote problem={clauses.problem} retry={clauses.again} />
          <ProblemNote problem={sign.problem} retry={submit} />
          <Button busy={(sign.busy && t.sign.signing) || (!ready && !problem && t.sign.making)} off={off} onClick={submit}>
            {t.sign.action}
          </Button>
        </>
      }
    >
      <Heading sub={t.sign.after}>{t.sign.heading}</Heading>
      <ProblemNote problem={problem} retry={() => void paper.reload()} />
      {ready ? <Paper paper={ready} isOpened={isOpened} onOpen={() => setOpened(true)} /> : !problem && <Skeleton lines={2} />}
      {table && (
        <div class="card lines">
          <Line name={t.sign.facts[0] ?? ""}>
            {money(table.principal_minor)} · {t.months(table.instalments)}
          </Line>
          <Line name={t.sign.facts[1] ?? ""}>{money(table.instalment_minor)}</Line>
          <Line name={t.sign.facts[2] ?? ""}>{money(table.cost_minor)}</Line>
          <Line name={t.sign.facts[3] ?? ""}>{t.sign.factYearly(table.irr12_percent, table.effective_percent)}</Line>
        </div>
      )}
      {table && (
        <section class="card rows clauses" aria-labelledby="clauses">
          <div class="rows-head">
            <h2 id="clauses">{t.sign.clauses}</h2>
          </div>
          {table.clauses.map((one) => (
            <div key={one.clause} class="rows-item">
              <Check checked={clauses.has(one)} onChange={() => clauses.tick(one)}>
                {pick(one, "text")}
              </Check>
            </div>
          ))}
        </section>
      )}
    </Page>
  );
}

/**
 * A tick is sent at once and stays once the server has it: what counts is its record. One that does
 * not arrive is taken back, with the reason.
 */
function useClauses(offer: string, shown: Clause[] | undefined) {
  const [ticked, setTicked] = useState<string[]>([]);
  const [kept, setKept] = useState<string[]>([]);
  const [failed, setFailed] = useState<{ clause: Clause; problem: Problem }>();
  const isKept = (one: Clause) => one.acknowledged_at !== null || kept.includes(one.clause);
  const tick = (one: Clause) => {
    if (isKept(one) || ticked.includes(one.clause)) return;
    setFailed(undefined);
    setTicked((was) => [...was, one.clause]);
    void api.acknowledge(offer, one.clause, one.sha256, newKey()).then(
      () => setKept((was) => [...was, one.clause]),
      (error: unknown) => {
        setTicked((was) => was.filter((other) => other !== one.clause));
        setFailed({ clause: one, problem: asProblem(error) });
      },
    );
  };
  return {
    tick,
    has: (one: Clause) => isKept(one) || ticked.includes(one.clause),
    left: shown === undefined ? 1 : shown.filter((one) => !isKept(one)).length,
    problem: failed?.problem,
    again: () => failed && tick(failed.clause),
  };
}

interface Ready {
  agreement: { agreement: string; sha256: string };
  /** undefined: this context has no hash function (an address without https). */
  isSame: boolean | undefined;
  bytes: number;
  url: string;
}

function usePaper(offer: string, id: string | null, key: string) {
  const paper = useLoaded<Ready>(async () => {
    const agreement = id ? await api.agreement(id) : await api.makeAgreement(offer, key);
    const file = await api.agreementFile(agreement.agreement);
    const own = await sha256(file);
    const url = URL.createObjectURL(new Blob([file], { type: "application/pdf" }));
    return { agreement, isSame: own === undefined ? undefined : own === agreement.sha256, bytes: file.length, url };
  }, [offer, id]);
  const url = paper.data?.url;
  useEffect(() => () => URL.revokeObjectURL(url ?? ""), [url]);
  return paper;
}

function Paper({ paper, isOpened, onOpen }: { paper: Ready; isOpened: boolean; onOpen(): void }) {
  return (
    <div class="card file">
      <Icon name="doc" />
      <div class="grow">
        <b>{t.sign.document}</b>
        <p class="hint">
          {t.sign.size(count(Math.ceil(paper.bytes / 1024)))} · <span class="id">{paper.agreement.agreement}</span>
        </p>
      </div>
      <a class="link" href={paper.url} target="_blank" rel="noreferrer" onClick={onOpen}>
        {isOpened ? t.sign.read : t.sign.open}
      </a>
      {paper.isSame !== undefined && (
        <Note icon={paper.isSame ? "check" : "warn"} kind={paper.isSame ? "plain" : "bad"}>
          {paper.isSame ? t.sign.same : t.sign.differ}
        </Note>
      )}
      <Live>{isOpened ? t.sign.read : ""}</Live>
    </div>
  );
}
