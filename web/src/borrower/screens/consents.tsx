import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask, newKey } from "../../shared/api";
import { pick } from "../../shared/language";
import type { ConsentText, Lender } from "../../shared/types";
import { change } from "../case";
import { consentTexts, lenders as loadLenders, titleOf, wordsOf } from "../consents";
import { go } from "../route";
import { Bar, Button, Foot, Stepper, Tick, Trouble, useAct, useLoad } from "../ui";
import { say, sayNamed } from "../words";

/** One yes for one recipient; nothing is ticked before the person ticks it. */
export function Consents(): JSX.Element {
  const texts = useLoad(consentTexts, []);
  const known = useLoad(loadLenders, []);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [wrong, setWrong] = useState<"automated" | "lender" | null>(null);
  const { busy, error, run } = useAct();
  const flip = (name: string, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(name);
    else next.delete(name);
    setChosen(next);
    setWrong(null);
  };
  const all = known.value ?? [];
  const recipients = all.filter((lender) => chosen.has(`share_lender:${lender.id}`));
  const platform = (texts.value?.all ?? []).filter((text) => !text.per_recipient && text.scope !== "identity_check");
  const sharing = texts.value?.all.find((text) => text.per_recipient);

  const submit = (event: Event): void => {
    event.preventDefault();
    if (!texts.value) return;
    if (!chosen.has("automated_decision")) return setWrong("automated");
    if (!recipients.length) return setWrong("lender");
    const grants = [
      ...platform.filter((text) => chosen.has(text.scope)).map((text) => ({ scope: text.scope })),
      ...recipients.map((lender) => ({ scope: "share_lender", recipient: lender.id })),
    ];
    run(async () => {
      await ask("/v1/me/consents", { method: "POST", body: { grants, version: texts.value?.version }, key: newKey() });
      change({ lenders: recipients.map((lender) => lender.id), bureau: chosen.has("bureau_query") });
      go("review");
    });
  };
  const chooseAll = (on: boolean): void => {
    const next = new Set([...chosen].filter((name) => !name.startsWith("share_lender:")));
    if (on) for (const lender of all) next.add(`share_lender:${lender.id}`);
    setChosen(next);
    setWrong(null);
  };
  const isFull = all.length > 0 && recipients.length === all.length;
  return (
    <form class="page with-foot" onSubmit={submit} noValidate>
      <Bar title={say("apply")} back={() => go("income")} />
      <main>
        <Stepper at={3} />
        <h1>{say("consents_title")}</h1>
        <p class="note">{say("consents_note")}</p>
        <Trouble error={texts.error ?? known.error} retry={() => (texts.again(), known.again())} />
        <section>
          <h2>{say("consents_platform")}</h2>
          <div class="card ticks">
            {platform.map((text) => (
              <Tick key={text.scope} checked={chosen.has(text.scope)} title={titleOf(text)} text={wordsOf(text)}
                {...(text.required ? { mark: say("required") } : {})}
                error={wrong === "automated" && text.scope === "automated_decision" ? say("automated_needed") : undefined}
                onChange={(on) => flip(text.scope, on)} />
            ))}
          </div>
        </section>
        <section>
          <div class="row"><h2>{say("consents_lenders")}</h2>
            <button type="button" class="link" onClick={() => chooseAll(!isFull)}>{say(isFull ? "choose_none" : "choose_all")}</button>
          </div>
          <p class="note" aria-live="polite">{say("consents_count", { n: recipients.length, all: all.length })}</p>
          {wrong === "lender" && <p class="alert bad" role="alert">{say("lender_needed")}</p>}
          {sharing && <div class="card ticks">{all.map((lender) => <Share key={lender.id} {...{ lender, sharing, chosen, flip }} />)}</div>}
        </section>
        <Trouble error={error} />
      </main>
      <Foot><Button submit busy={busy}>{recipients.length ? say("to_review", { n: recipients.length }) : say("to_review_none")}</Button></Foot>
    </form>
  );
}

interface ShareProps { lender: Lender; sharing: ConsentText; chosen: ReadonlySet<string>; flip: (name: string, on: boolean) => void }

function Share({ lender, sharing, chosen, flip }: ShareProps): JSX.Element {
  const name = pick(lender, "name");
  const key = `share_lender:${lender.id}`;
  return (
    <Tick checked={chosen.has(key)} title={titleOf(sharing, name)} mark={sayNamed("kind_", lender.kind)} text={wordsOf(sharing, name)}
      onChange={(on) => flip(key, on)} />
  );
}
