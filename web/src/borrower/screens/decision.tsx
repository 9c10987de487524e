import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../shared/api";
import { span } from "../../shared/dates";
import { pick } from "../../shared/language";
import { Badge, Icon } from "../../shared/parts";
import type { Decision, Lender } from "../../shared/types";
import { bodyOf } from "../application";
import { change, theCase } from "../case";
import { lenders as loadLenders } from "../consents";
import { go } from "../route";
import { Button, Foot, home, Trouble, useAct, useCase, useLoad } from "../ui";
import { say } from "../words";

/** Submit once and show what really happens: elapsed time by the clock, no step is acted out. */
export function DecisionPage(): JSX.Element {
  const { answer, applyKey, roundTripMs } = useCase();
  const { value: known } = useLoad(loadLenders, []);
  const { error, run } = useAct();
  const [elapsed, setElapsed] = useState(0);
  const submit = (): void => {
    if (theCase().answer) return;
    run(async () => {
      const began = performance.now();
      const timer = setInterval(() => setElapsed(performance.now() - began), 100);
      try {
        const found = await ask<Decision>("/v1/applications", { method: "POST", body: bodyOf(theCase()), key: applyKey });
        change({ answer: found, application: found.application, roundTripMs: performance.now() - began, agreement: null, agreementOffer: null });
      } finally {
        clearInterval(timer);
      }
    });
  };
  useEffect(submit, []);
  const asked = (known ?? []).filter((lender) => theCase().lenders.includes(lender.id));
  return (
    <div class="page with-foot">
      <div class="hero">
        <header class="bar"><button type="button" class="bar-icon" aria-label={say("close")} onClick={home}><Icon name="close" /></button></header>
        <h1>{say(answer ? "decided" : "deciding")}</h1>
        <p aria-live="polite">
          {answer ? say("took", { t: span(answer.decided_in_us), r: span(roundTripMs * 1000) }) : say("elapsed", { s: (elapsed / 1000).toFixed(1) })}
        </p>
        <Bridge isBuilt={answer !== null} />
      </div>
      <main>
        <Trouble error={error} retry={submit} word="maybe_money" />
        <div class="row"><h2>{say("lenders_answers")}</h2><span class="caption">{say("each_alone")}</span></div>
        <ul class="grid-2">{asked.map((lender) => <Answer key={lender.id} lender={lender} answer={answer} />)}</ul>
        {!answer && <p class="note">{say("leave_note")}</p>}
      </main>
      {answer && (
        <Foot>
          <Button onClick={() => go(answer.outcome === "offers" ? "offers" : "result")}>
            {answer.outcome === "offers" ? say("see_n_offers", { n: answer.offers.length }) : say("see_result")}
          </Button>
        </Foot>
      )}
    </div>
  );
}

function Answer({ lender, answer }: { lender: Lender; answer: Decision | null }): JSX.Element {
  const hasOffer = answer?.offers.some((offer) => offer.lender.id === lender.id);
  return (
    <li class="card tile">
      <strong>{pick(lender, "name")}</strong>
      {!answer ? <Badge tone="wait">{say("asking")}</Badge> : hasOffer ? <Badge tone="ok">{say("has_offer")}</Badge> : <Badge tone="muted">{say("not_this_time")}</Badge>}
    </li>
  );
}

/** One arch a step; the last span stays dashed until the answer is here. */
function Bridge({ isBuilt }: { isBuilt: boolean }): JSX.Element {
  const arch = (x: number): string => `M${x} 110V50a35 35 0 0 1 70 0v60z`;
  return (
    <svg class="bridge" viewBox="0 0 390 120" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
      <rect class="bank" x="0" y="14" width="38" height="106" /><rect class="bank" x="352" y="14" width="38" height="106" />
      <rect class="pier" x="38" y="14" width={isBuilt ? 314 : 236} height="106" />
      {[42, 120, 198].map((x) => <path key={x} class="gap" d={arch(x).replaceAll("110", "120")} />)}
      <path class={isBuilt ? "gap" : "plan"} d="M278 120V50a35 35 0 0 1 70 0v70" />
      <path class="plan" d="M0 11H390" />
      <path class="deck-line" d={isBuilt ? "M0 11H390" : "M0 11H320"} />
      {!isBuilt && <circle class="knob" cx="326" cy="11" r="8" />}
    </svg>
  );
}
