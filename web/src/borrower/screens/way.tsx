import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../../shared/api";
import { clock } from "../../shared/dates";
import { english } from "../../shared/language";
import { Icon, Money } from "../../shared/parts";
import type { Application } from "../../shared/types";
import { go } from "../route";
import { Bar, Button, Foot, Trouble, useAct, useCase } from "../ui";
import { say, sayNamed } from "../words";
import { DocumentRow } from "./agreement";

const POLL_MS = 1000;
const ENDED = new Set(["funded", "settled", "payout_failed", "cancelled", "expired"]);
const SIGNED = new Set(["signed", "paying_out", "funded", "settled"]);

function useApplication(id: string): { found: Application | null; error: unknown } {
  const [found, setFound] = useState<Application | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let timer = 0;
    let live = true;
    const look = async (): Promise<void> => {
      let isEnded = false;
      try {
        const now = await ask<Application>(`/v1/applications/${id}`);
        if (!live) return;
        setFound(now);
        setError(null);
        isEnded = ENDED.has(now.step);
      } catch (cause) {
        if (live) setError(cause);
      }
      if (live && !isEnded) timer = window.setTimeout(() => void look(), POLL_MS);
    };
    void look();
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [id]);
  return { found, error };
}

export function Way({ id }: { id: string }): JSX.Element {
  const { found, error } = useApplication(id);
  const { amount, agreement, answer } = useCase();
  const step = found?.step ?? "";
  const hasArrived = step === "funded" || step === "settled";
  const minor = found?.amount_minor ?? answer?.offers[0]?.amount_minor ?? amount;
  const document = found?.agreement ?? agreement?.agreement;
  return (
    <div class="page with-foot">
      <Bar title={say("way")} close={() => go("loans")} />
      <main>
        <div class="row top">
          <div><p class="note">{say(hasArrived ? "arrived" : "on_its_way")}</p><p class="display"><Money minor={minor} /></p></div>
          {SIGNED.has(step) && <span class={english() ? "seal latin" : "seal"}>{say("signed")}</span>}
        </div>
        <Trouble error={error} word="maybe_money" />
        {found && <Timeline found={found} />}
        {document && <div class="card items"><DocumentRow agreement={document} /><Proof agreement={document} /></div>}
        <p class="note">{say("never_twice")}</p>
      </main>
      <Foot><Button kind="outline" onClick={() => (found?.loan ? go("loans", found.loan) : go("loans"))}>{say("finish")}</Button></Foot>
    </div>
  );
}

function Timeline({ found }: { found: Application }): JSX.Element {
  const isGoing = !ENDED.has(found.step);
  return (
    <ol class="card timeline" aria-live="polite">
      {found.history.map((event, n) => (
        <li key={n} class="done"><div class="row"><strong>{sayNamed("step_", event.step === "review" ? "human" : event.step)}</strong><time class="figures" dateTime={event.at}>{clock(event.at)}</time></div></li>
      ))}
      {isGoing && <li class="now"><strong>{say("waiting_receipt")}</strong></li>}
    </ol>
  );
}

function Proof({ agreement }: { agreement: string }): JSX.Element {
  const { busy, error, run } = useAct();
  const [isPending, setPending] = useState(false);
  const fetchProof = (): void =>
    run(async () => {
      const proof = await ask<{ state?: string }>(`/v1/evidence/proofs/agreement/${agreement}`);
      setPending(proof.state === "pending");
      if (proof.state === "pending") return;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(proof, null, 1)], { type: "application/json" }));
      link.download = `tongtu-proof-${agreement}.json`;
      link.click();
    });
  return (
    <>
      <div class="item"><Icon name="shield" /><div class="grow"><strong>{say("verify")}</strong><p class="caption">{say("verify_text")}</p></div>
        <button type="button" class="link" aria-disabled={busy || undefined} onClick={fetchProof}>{say("verify_do")}</button></div>
      {isPending && <p class="caption" role="status">{say("proof_pending")}</p>}
      <Trouble error={error} />
    </>
  );
}
