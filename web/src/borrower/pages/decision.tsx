/** The bridge: real steps and the true elapsed time while the platform and the lenders decide. */
import { useEffect, useRef, useState } from "preact/hooks";
import { span } from "../../shared/format.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import type { Decided, Facts } from "../../shared/types.ts";
import * as api from "../api.ts";
import { device, draft, spendDraft } from "../draft.ts";
import { factErrors } from "../facts.ts";
import { useLenderNames } from "../use.ts";
import { rememberRefused, forgetRefused } from "../refused.ts";
import { go } from "../router.ts";
import { t } from "../text/index.ts";
import { Bridge } from "../ui/bridge.tsx";
import { Icon } from "../ui/icon.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Badge, Button } from "../ui/parts.tsx";
import { Live, Note, ProblemNote } from "../ui/say.tsx";

interface Done {
  case: Decided;
  /** From the tap to the answer, as this device saw it; unknown after a reload. */
  waited_ms: number | undefined;
}

let last: Done | undefined;

export function Decision({ id }: { id: string | undefined }) {
  const [done, setDone] = useState<Done | undefined>(id && last?.case.application === id ? last : undefined);
  const [problem, setProblem] = useState<Problem>();
  const [elapsed, setElapsed] = useState(0);
  const begun = useRef(false);

  const submit = async () => {
    setProblem(undefined);
    const start = performance.now();
    const timer = setInterval(() => setElapsed(performance.now() - start), 100);
    try {
      const found = id ? await api.application(id) : await send();
      last = { case: found, waited_ms: id ? undefined : performance.now() - start };
      setDone(last);
      if (!id) {
        spendDraft();
        forgetRefused();
        // The address now names the case: a reload shows it and submits nothing.
        history.replaceState(null, "", `#/decision/${found.application}`);
      }
    } catch (error) {
      const found = asProblem(error);
      rememberRefused(found);
      setProblem(found);
    } finally {
      clearInterval(timer);
    }
  };
  useEffect(() => {
    if (begun.current || done) return;
    begun.current = true;
    if (!id && Object.keys(factErrors(draft())).length > 0) go("/apply", true);
    else void submit();
  }, []);
  return (
    <Page title={t.decision.title} closeTo="/loans" hero>
      <Heading sub={<Sub done={done} elapsed={elapsed} problem={problem} />}>
        {problem ? t.decision.stopped : done ? headline(done.case) : t.decision.building}
      </Heading>
      <Bridge spans={4} built={done ? spansBuilt(done.case) : 0} />
      <div class="after-hero">
        {problem && <Failed problem={problem} onRetry={() => void submit()} />}
        {done && <Result done={done} />}
        {!done && !problem && <Note icon="bell">{t.decision.leave}</Note>}
      </div>
    </Page>
  );
}

/** Goods of a merchant are applied for at their session, everything else as a wish of one's own. */
async function send(): Promise<Decided> {
  const { basket, key } = draft();
  if (!basket) return api.apply(body(), key);
  const { tenor_months, device, facts } = body();
  const { application } = await api.buy(basket.session, { tenor_months, device, facts }, key);
  return api.application(application);
}

function body() {
  const { product, amount_minor, tenor_months, purpose, facts } = draft();
  const answers: Facts = {
    income_minor: facts.income_minor ?? null,
    expenses_minor: facts.expenses_minor ?? 0,
    assets_minor: facts.assets_minor ?? null,
    debt_minor: facts.debt_minor ?? null,
    price_minor: facts.price_minor ?? 0,
    seniority_years: facts.seniority_years ?? 0,
    home: facts.home ?? "",
    job: facts.job ?? "",
    records: facts.records ?? false,
  };
  return { product, amount_minor, tenor_months, purpose, device: device(), facts: answers };
}

function headline(found: Decided): string {
  if (found.outcome === "offers") return t.decision.built;
  return found.outcome === "review" ? t.decision.held : t.decision.ended;
}

/** The last span is the lenders': it stands when one of them offers. */
function spansBuilt(found: Decided): number {
  if (found.outcome === "offers") return 4;
  return found.outcome === "review" ? 2 : 3;
}

function Sub({ done, elapsed, problem }: { done: Done | undefined; elapsed: number; problem: Problem | undefined }) {
  if (problem) return <>{problem.isRetryable ? t.decision.unknown : t.decision.failed}</>;
  if (!done) {
    return (
      <>
        <b>{t.decision.elapsed(span(elapsed))}</b>
        {t.decision.usual}
      </>
    );
  }
  return <>{t.decision.took(span(done.waited_ms ?? done.case.decided_in_us / 1_000))}</>;
}

function Failed({ problem, onRetry }: { problem: Problem; onRetry(): void }) {
  const isOurs = problem.isRetryable;
  return (
    <>
      <ProblemNote problem={problem} {...(isOurs ? { retry: onRetry } : {})} />
      {!isOurs && <Button onClick={() => go("/apply/facts")}>{t.decision.fix}</Button>}
    </>
  );
}

function Result({ done }: { done: Done }) {
  const found = done.case;
  const nameOf = useLenderNames();
  const decided = found.decided_in_us / 1_000;
  const answered = [
    ...found.offers.map((one) => ({ lender: one.lender.id, isOffer: true })),
    ...found.not_offered.map((one) => ({ lender: one.lender, isOffer: false })),
  ];
  const path = `/a/${found.application}`;
  return (
    <>
      <Live>{headline(found)}</Live>
      <ol class="card steps">
        {done.waited_ms !== undefined && (
          <Step name={t.decision.sent} stamp={span(Math.max(0, done.waited_ms - decided))} />
        )}
        <Step name={t.decision.decided} stamp={span(decided)} />
        {answered.length > 0 && (
          <Step name={t.decision.asked(answered.length)} stamp={t.decision.answered(answered.length)} />
        )}
      </ol>
      <Button onClick={() => go(path)}>
        {found.outcome === "offers"
          ? t.decision.see(found.offers.length)
          : found.outcome === "declined"
            ? t.decision.why
            : t.decision.review}
      </Button>
      {answered.length > 0 && (
        <section aria-labelledby="answers">
          <div class="section-head">
            <h2 id="answers">{t.decision.answers}</h2>
            <span class="hint">{t.decision.each}</span>
          </div>
          <ul class="grid two">
            {answered.map(({ lender, isOffer }) => (
              <li key={lender} class="card tight">
                <b>{nameOf(lender)}</b>
                <Badge kind={isOffer ? "ok" : "muted"}>{isOffer ? t.decision.offers : t.decision.notOffered}</Badge>
              </li>
            ))}
          </ul>
        </section>
      )}
      <Note icon="bell">{t.decision.leave}</Note>
    </>
  );
}

function Step({ name, stamp }: { name: string; stamp: string }) {
  return (
    <li class="step">
      <span class="tick">
        <Icon name="check" size={16} />
      </span>
      <span class="grow">{name}</span>
      <span class="stamp">{stamp}</span>
    </li>
  );
}
