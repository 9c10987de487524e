import type { JSX } from "preact";
import { ask } from "../../shared/api";
import { shortDay } from "../../shared/dates";
import { pick } from "../../shared/language";
import type { Consent, Me as Party } from "../../shared/types";
import { signOut } from "../case";
import { consentTexts, lenders as loadLenders, titleOf } from "../consents";
import { Bar, Button, Tabs, Trouble, useAct, useCase, useLoad } from "../ui";
import { say } from "../words";
import { SignInFirst } from "./loans";

export function Me(): JSX.Element {
  const { token } = useCase();
  return (
    <div class="page with-tabs">
      <Bar title={say("me")} />
      <main>{token ? <Mine /> : <SignInFirst />}</main>
      <Tabs on="me" />
    </div>
  );
}

function Mine(): JSX.Element {
  const { value: me, error, again } = useLoad(() => ask<Party>("/v1/me"), []);
  const texts = useLoad(consentTexts, []);
  const known = useLoad(loadLenders, []);
  const act = useAct();
  const title = (consent: Consent): string => {
    const text = texts.value?.all.find((each) => each.scope === consent.scope);
    const lender = known.value?.find((each) => each.id === consent.recipient);
    return text ? titleOf(text, lender ? pick(lender, "name") : (consent.recipient ?? "")) : consent.scope;
  };
  const withdraw = (consent: Consent): void =>
    act.run(async () => {
      await ask(`/v1/me/consents/${consent.id}`, { method: "DELETE", key: `withdraw-${consent.id}`.slice(0, 64) });
      again();
    });
  const leave = (): void =>
    act.run(async () => {
      await ask("/v1/sign-in", { method: "DELETE" });
      signOut();
    });
  return (
    <>
      <Trouble error={error ?? act.error} retry={again} />
      {me && <p class="note">{say("signed_in_as", { p: [me.name_masked, me.phone_masked].filter(Boolean).join(" ") })}</p>}
      <section><h2>{say("my_consents")}</h2>
        {me && !me.consents.length && <p class="note">{say("no_consents")}</p>}
        <ul class="card list">{me?.consents.map((consent) => (
          <li key={consent.id}><div class="grow"><strong>{title(consent)}</strong><p class="caption">{shortDay(consent.granted_at.slice(0, 10))}</p></div>
            <button type="button" class="link" aria-label={`${say("withdraw")} ${title(consent)}`} onClick={() => withdraw(consent)}>{say("withdraw")}</button></li>
        ))}</ul>
      </section>
      <Button kind="outline" busy={act.busy} onClick={leave}>{say("sign_out")}</Button>
    </>
  );
}
