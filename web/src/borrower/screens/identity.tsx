import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, newKey, Problem } from "../../shared/api";
import type { Me } from "../../shared/types";
import { demo, party } from "../case";
import { consentTexts, titleOf, wordsOf } from "../consents";
import { go } from "../route";
import { Bar, Button, Field, Foot, home, Stepper, Tick, Trouble, useAct, useLoad } from "../ui";
import { say } from "../words";

const RESIDENT_ID = /^\d{17}[\dXx]$/;

export function Identity(): JSX.Element {
  const me = useLoad(() => ask<Me>("/v1/me"), []);
  const texts = useLoad(consentTexts, []);
  const [name, setName] = useState(demo.person?.name ?? "");
  const [resident, setResident] = useState(demo.person?.resident_id ?? "");
  const [agreed, setAgreed] = useState(false);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [key] = useState(newKey);
  const { busy, error, run } = useAct();
  useEffect(() => {
    party.me = me.value;
  }, [me.value]);
  const isKnown = me.value?.is_identified === true;
  const text = texts.value?.all.find((each) => each.scope === "identity_check");

  const check = (): Record<string, string> => ({
    ...(name.trim().length < 2 ? { name: say("name_wrong") } : {}),
    ...(RESIDENT_ID.test(resident.trim()) ? {} : { resident_id: say("resident_wrong") }),
    ...(agreed ? {} : { consent: say("identity_consent_wrong") }),
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    if (isKnown) return go("income");
    const found = check();
    setWrong(found);
    if (Object.keys(found).length || !texts.value) return;
    run(async () => {
      const grants = [{ scope: "identity_check" }];
      await ask("/v1/me/consents", { method: "POST", body: { grants, version: texts.value?.version } });
      try {
        const body = { name: name.trim(), resident_id: resident.trim().toUpperCase() };
        party.me = await ask<Me>("/v1/me/identity", { method: "PUT", body, key: `${key}-${resident.trim().slice(-4)}-${name.length}` });
      } catch (cause) {
        if (cause instanceof Problem) setWrong(cause.fields);
        throw cause;
      }
      go("income");
    });
  };
  return (
    <form class="page with-foot" onSubmit={submit} noValidate>
      <Bar title={say("apply")} back={home} />
      <main>
        <Stepper at={1} />
        <h1>{say("identity_title")}</h1>
        <Trouble error={me.error ?? texts.error} retry={() => (me.again(), texts.again())} />
        {isKnown ? <p class="alert info">{say("identified", { name: me.value?.name_masked ?? "" })}</p> : (
          <>
            {demo.person && <p class="alert info">{say("demo_filled")}</p>}
            <Field label={say("name")} value={name} autoComplete="name" maxLength={100} hint={say("name_hint")} error={wrong["name"]} onInput={setName} />
            <Field label={say("resident_id")} value={resident} maxLength={18} hint={say("resident_hint")} error={wrong["resident_id"]} onInput={setResident} />
            {text && <Tick checked={agreed} title={titleOf(text)} text={wordsOf(text)} mark={say("required")} error={wrong["consent"]} onChange={setAgreed} />}
          </>
        )}
        <Trouble error={error} />
      </main>
      <Foot><Button submit busy={busy}>{say("to_income")}</Button></Foot>
    </form>
  );
}
