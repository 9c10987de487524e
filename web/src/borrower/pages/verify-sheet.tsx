/** The verdict first, then every step that led to it, computed on this device. */
import { useEffect, useState } from "preact/hooks";
import { count, moment, span } from "../../shared/format.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import * as api from "../api.ts";
import { save } from "../open.ts";
import { t } from "../text/index.ts";
import { Timeline, type Stop } from "../ui/deck.tsx";
import { Icon } from "../ui/icon.tsx";
import { Button, Skeleton } from "../ui/parts.tsx";
import { Note, ProblemNote } from "../ui/say.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { verify, type Verdict } from "../verify.ts";

export function VerifySheet({ agreement, onClose }: { agreement: string; onClose(): void }) {
  const [verdict, setVerdict] = useState<Verdict>();
  const [problem, setProblem] = useState<Problem>();
  const [isPending, setPending] = useState(false);
  const [bundle, setBundle] = useState<Record<string, unknown>>();
  const check = async () => {
    setProblem(undefined);
    try {
      const proof = await api.proof("agreement", agreement);
      const waits = proof["position"] === undefined;
      setPending(waits);
      if (waits) return;
      setBundle(proof);
      setVerdict(await verify(proof));
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  useEffect(() => void check(), []);
  return (
    <Sheet title={t.verify.title} onClose={onClose}>
      <ProblemNote problem={problem} retry={() => void check()} />
      {isPending && <Note icon="clock">{t.verify.pending}</Note>}
      {!verdict && !problem && !isPending && <Skeleton lines={4} />}
      {verdict && <Result verdict={verdict} />}
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
  const notes = [t.verify.position(count(verdict.position), count(verdict.size)), t.verify.path(verdict.path), t.verify.own];
  const stops: Stop[] = t.verify.steps.map((name, n) => {
    const isUnknown = n === 3 && verdict.broken === undefined && verdict.signature === undefined;
    const state = verdict.broken === undefined || n < verdict.broken ? "done" : n === verdict.broken ? "failed" : "later";
    const note = isUnknown ? t.verify.noEd25519 : notes[n];
    return { name, state: isUnknown ? "later" : state, ...(note ? { note } : {}) };
  });
  const isGood = verdict.broken === undefined;
  return (
    <>
      <div class={isGood ? "verdict" : "verdict bad"} role="status">
        <Icon name={isGood ? "check" : "warn"} />
        <div>
          <b>{isGood ? t.verify.good : t.verify.bad}</b>
          {isGood && verdict.at && <p>{t.verify.goodNote(moment(verdict.at))}</p>}
        </div>
        <small>{t.verify.took(span(verdict.took_ms))}</small>
      </div>
      <Timeline stops={stops} />
    </>
  );
}
