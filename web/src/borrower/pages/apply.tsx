/** The four steps of an application; done steps can be reopened, open ones jumped to. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { time } from "../../shared/format.ts";
import type { Me } from "../../shared/types.ts";
import * as api from "../api.ts";
import { draft } from "../draft.ts";
import { factErrors } from "../facts.ts";
import { useForm } from "../form.ts";
import { go } from "../router.ts";
import { t } from "../text/index.ts";
import { Stepper } from "../ui/deck.tsx";
import { Page } from "../ui/page.tsx";
import { Skeleton } from "../ui/parts.tsx";
import { ProblemNote } from "../ui/say.tsx";
import { useLoaded } from "../use.ts";
import { Confirm } from "./confirm.tsx";
import { Consents } from "./consents.tsx";
import { FactsPage } from "./facts.tsx";
import { Merge } from "./merge.tsx";
import { Identity } from "./identity.tsx";

export const STEPS = ["identity", "facts", "consents", "confirm"] as const;

export interface StepProps {
  me: Me;
  frame: FrameOf;
  reload(): Promise<void>;
}

export type FrameOf = (footer: ComponentChildren, body: ComponentChildren) => ComponentChildren;

/** How many steps from the first are done: the next one is the furthest that is open. */
export function doneSteps(me: Me): number {
  if (!me.is_identified) return 0;
  if (Object.keys(factErrors(draft())).length > 0) return 1;
  const lives = new Set(me.consents.map((consent) => consent.scope));
  return lives.has("automated_decision") && lives.has("share_lender") ? 3 : 2;
}

export function Apply({ step }: { step: string | undefined }) {
  const me = useLoaded(api.me, [step]);
  const form = useForm(me.data !== undefined);
  const done = me.data ? doneSteps(me.data) : 0;
  const wished = STEPS.findIndex((name) => name === step);
  const at = wished < 0 ? Math.min(done, 3) : Math.min(wished, done);
  useEffect(() => {
    if (me.data && STEPS[at] !== step) go(`/apply/${STEPS[at]}`, true);
  }, [me.data, at, step]);
  const saved = draft().saved_at;
  const links = STEPS.map((name, n) => (n <= done ? `/apply/${name}` : undefined));
  const frame: FrameOf = (footer, body) => (
    <Page title={t.apply.title} backTo="/" footer={footer}>
      <Stepper at={at} links={links} saved={saved ? time(saved).slice(0, 5) : undefined} />
      {body}
      {form.disputes.length > 0 && <Merge disputes={form.disputes} onSettle={form.settle} />}
    </Page>
  );
  if (!me.data) {
    const waiting = me.problem ? (
      <ProblemNote problem={me.problem} retry={() => void me.reload()} />
    ) : (
      <Skeleton lines={5} tall />
    );
    return <>{frame(null, waiting)}</>;
  }
  const Step = [Identity, FactsPage, Consents, Confirm][at] ?? Identity;
  return <Step key={`${at}.${form.turn}`} me={me.data} frame={frame} reload={me.reload} />;
}
