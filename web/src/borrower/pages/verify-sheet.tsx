/** The verdict first, then every step that led to it, computed on this device; the paper is a line of its own. */
import { useEffect, useState } from "preact/hooks";
import { count, span } from "../../shared/format.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import * as api from "../api.ts";
import { sha256 } from "../hash.ts";
import { save } from "../open.ts";
import { t } from "../text/index.ts";
import { Timeline, type Stop } from "../ui/deck.tsx";
import { Icon } from "../ui/icon.tsx";
import { Button, Skeleton } from "../ui/parts.tsx";
import { Note, ProblemNote } from "../ui/say.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useLoaded } from "../use.ts";
import { verify, type Verdict } from "../verify.ts";

const KIND = "agreement";

export function VerifySheet({ agreement, onClose }: { agreement: string; onClose(): void }) {
  const [verdict, setVerdict] = useState<Verdict>();
  const [problem, setProblem] = useState<Problem>();
  const [isPending, setPending] = useState(false);
  const [bundle, setBundle] = useState<Record<string, unknown>>();
  const check = async () => {
    setProblem(undefined);
    try {
      const proof = await api.proof(KIND, agreement);
      const waits = proof["position"] === undefined;
      setPending(waits);
      if (waits) return;
      setBundle(proof);
      setVerdict(await verify(proof, { kind: KIND, subject: agreement }));
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  useEffect(() => void check(), []);
  const paper = usePaper(agreement);
  return (
    <Sheet title={t.verify.title} onClose={onClose}>
      <ProblemNote problem={problem} retry={() => void check()} />
      {isPending && <Note icon="clock">{t.verify.pending}</Note>}
      {!verdict && !problem && !isPending && <Skeleton lines={4} />}
      {verdict && <Result verdict={verdict} />}
      {paper !== undefined && <Paper is={paper} />}
      {bundle && (
        <>
          <Button
            kind="secondary"
            onClick={() => save(new Blob([JSON.stringify(bundle, null, 2)]), `${agreement}.evidence.json`)}
          >
            <Icon name="download" />
            {t.verify.download}
          </Button>
          <p class="hint">{t.verify.how}</p>
        </>
      )}
    </Sheet>
  );
}

function Result({ verdict }: { verdict: Verdict }) {
  const { outcome, step } = verdict;
  const isRead = step !== 0;
  const notes = [
    isRead && t.verify.entry(count(verdict.position), count(verdict.size)),
    isRead && t.verify.path(verdict.path),
    t.verify.own,
    outcome === "good" && (
      <>
        {t.verify.key} <span class="id">{verdict.key}</span>
      </>
    ),
  ];
  const stops: Stop[] = t.verify.steps.map((name, n) => {
    const isDone = step === undefined || n < step;
    const state = isDone ? "done" : n > step ? "later" : outcome === "bad" ? "failed" : "unknown";
    return { name, state, ...(isDone && notes[n] ? { note: notes[n] } : {}) };
  });
  const [said, note] = {
    good: [t.verify.good, t.verify.goodNote],
    bad: [t.verify.bad, t.verify.badNote],
    unknown: [t.verify.unknown, t.verify.unknownNote],
  }[outcome];
  return (
    <>
      <div class={outcome === "good" ? "verdict" : `verdict ${outcome}`} role="status">
        <Icon name={outcome === "good" ? "check" : "warn"} />
        <div>
          <b>{said}</b>
          <p>{note}</p>
        </div>
        <small>{t.verify.took(span(verdict.took_ms))}</small>
      </div>
      <Timeline stops={stops} />
    </>
  );
}

type Comparison = "same" | "differs" | "unknown";

/** The bytes we hand out against the fingerprint we name: it needs no proof, and proves nothing of the log. */
function usePaper(agreement: string): Comparison | undefined {
  const paper = useLoaded<Comparison>(async () => {
    const [named, file] = await Promise.all([api.agreement(agreement), api.agreementFile(agreement)]);
    const own = await sha256(file);
    if (own === undefined || named.signed_sha256 === null) return "unknown";
    return own === named.signed_sha256 ? "same" : "differs";
  }, [agreement]);
  return paper.problem ? "unknown" : paper.data;
}

function Paper({ is }: { is: Comparison }) {
  const said = { same: t.verify.paperSame, differs: t.verify.paperDiffers, unknown: t.verify.paperUnknown }[is];
  return (
    <Note icon={is === "same" ? "doc" : "warn"} kind={is === "differs" ? "bad" : "plain"}>
      <b>{t.verify.paper}</b> {said}
    </Note>
  );
}
