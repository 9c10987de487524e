import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, askFile } from "../../shared/api";
import { Icon } from "../../shared/parts";
import type { Agreement } from "../../shared/types";
import { go } from "../route";
import { Bar, Button, Foot, Tick, Trouble, useAct, useCase, useLoad } from "../ui";
import { say } from "../words";

/** The document needs the token, so it is fetched and handed to the person as a file of their own. */
export async function openDocument(agreement: string): Promise<void> {
  const address = URL.createObjectURL(await askFile(`/v1/agreements/${agreement}/document`));
  const link = document.createElement("a");
  link.href = address;
  link.download = `tongtu-${agreement}.pdf`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export function DocumentRow({ agreement }: { agreement: string }): JSX.Element {
  const { busy, error, run } = useAct();
  return (
    <>
      <div class="item">
        <Icon name="file" />
        <div class="grow"><strong>{say("pdf_name")}</strong><p class="caption mono">PDF · {agreement}</p></div>
        <button type="button" class="link" aria-disabled={busy || undefined} onClick={() => run(() => openDocument(agreement))}>{say("open_pdf")}</button>
      </div>
      <Trouble error={error} />
    </>
  );
}

export function Sign({ id }: { id: string }): JSX.Element {
  const { application, agreementOffer } = useCase();
  const { value: made, error: missing, again } = useLoad(() => ask<Agreement>(`/v1/agreements/${id}`), [id]);
  const [agreed, setAgreed] = useState(false);
  const [wrong, setWrong] = useState(false);
  const { busy, error, run } = useAct();
  const submit = (event: Event): void => {
    event.preventDefault();
    setWrong(!agreed);
    if (!agreed || !made) return;
    run(async () => {
      await ask(`/v1/agreements/${id}/signature`, { method: "POST", body: { sha256: made.sha256 }, key: `sign-${id}` });
      go("way", application ?? "");
    });
  };
  return (
    <form class="page with-foot" onSubmit={submit} noValidate>
      <Bar title={say("agreement")} back={() => (agreementOffer ? go("cost", agreementOffer) : go("loans"))} />
      <main>
        <h1>{say("agreement_title")}</h1>
        <p class="note">{say("agreement_text")}</p>
        <Trouble error={missing} retry={again} />
        <div class="card items"><DocumentRow agreement={id} /></div>
        {made && <div><p class="caption">{say("fingerprint")}</p><p class="mono">{made.sha256}</p></div>}
        <Tick checked={agreed} title={say("sign_tick")} error={wrong ? say("sign_wrong") : undefined}
          onChange={(on) => (setAgreed(on), setWrong(false))} />
        <Trouble error={error} word="maybe_money" />
      </main>
      <Foot><Button submit busy={busy}>{say("sign")}</Button></Foot>
    </form>
  );
}
