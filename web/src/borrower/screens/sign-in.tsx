import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, isDemo } from "../../shared/api";
import { demo, signIn, type DemoPerson } from "../case";
import { go } from "../route";
import { Bar, Button, Field, home, Trouble, useAct } from "../ui";
import { say } from "../words";

interface Challenge { challenge: string; expires_at: string }
interface Inbox { messages: { at: string; text: string; code: string | null }[] }

export function SignIn(): JSX.Element {
  const [phone, setPhone] = useState("");
  const [code, setCode] = useState("");
  const [challenge, setChallenge] = useState<string | null>(null);
  const [wrong, setWrong] = useState<"phone" | "code" | null>(null);
  const [hasDemo, setHasDemo] = useState(demo.isOn === true);
  const { busy, error, run } = useAct();
  useEffect(() => {
    if (demo.isOn === null) void isDemo().then((isOn) => setHasDemo((demo.isOn = isOn)));
  }, []);

  const sendCode = async (to: string): Promise<void> => {
    const sent = await ask<Challenge>("/v1/sign-in/codes", { method: "POST", body: { phone: to } });
    setChallenge(sent.challenge);
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!challenge) {
      if (!/^1[3-9]\d{9}$/.test(phone.trim())) return setWrong("phone");
      setWrong(null);
      return run(() => sendCode(phone.trim()));
    }
    if (!/^\d{6}$/.test(code)) return setWrong("code");
    setWrong(null);
    run(async () => {
      const signed = await ask<{ token: string }>("/v1/sign-in", { method: "POST", body: { challenge, code } });
      signIn(signed.token);
      go("identity");
    });
  };
  const tryDemo = (): void =>
    run(async () => {
      const person = await ask<DemoPerson>("/v1/demo/persons", { method: "POST" });
      demo.person = person;
      const number = person.phone.replace(/^\+86/, "");
      setPhone(number);
      await sendCode(person.phone);
    });

  return (
    <div class="page">
      <Bar title={say("sign_in")} back={home} />
      <main>
        <form onSubmit={submit} noValidate>
          <h1>{say("sign_in_title")}</h1>
          <p class="note">{say("sign_in_why")}</p>
          <Field label={say("phone")} value={phone} inputMode="tel" autoComplete="tel-national" maxLength={16}
            hint={say("phone_hint")} error={wrong === "phone" ? say("phone_wrong") : undefined}
            onInput={(value) => (setPhone(value), setChallenge(null))} />
          {challenge && (
            <Field label={say("code")} value={code} inputMode="numeric" autoComplete="one-time-code" maxLength={6}
              hint={say("code_hint")} error={wrong === "code" ? say("code_wrong") : undefined} onInput={setCode} />
          )}
          {challenge && hasDemo && <DemoInbox phone={demo.person?.phone ?? phone} onCode={setCode} />}
          <Trouble error={error} />
          <Button submit busy={busy}>{challenge ? say("finish_sign_in") : say("send_code")}</Button>
          {hasDemo && !challenge && (
            <div class="demo">
              <Button kind="outline" busy={busy} onClick={tryDemo}>{say("demo_try")}</Button>
              <p class="note">{say("demo_note")}</p>
            </div>
          )}
        </form>
      </main>
    </div>
  );
}

/** The demo's stand-in for a handset: shows the message and fills in its code. */
function DemoInbox({ phone, onCode }: { phone: string; onCode: (code: string) => void }): JSX.Element | null {
  const [text, setText] = useState("");
  useEffect(() => {
    let timer = 0;
    const look = (): void => {
      void ask<Inbox>(`/v1/demo/inbox?phone=${encodeURIComponent(phone)}`).then(({ messages }) => {
        const found = messages.find((message) => message.code);
        if (!found?.code) return (timer = window.setTimeout(look, 500));
        setText(found.text);
        return onCode(found.code);
      }, () => undefined);
    };
    look();
    return () => clearTimeout(timer);
  }, [phone]);
  return text ? <p class="alert info" role="status"><strong>{say("demo_inbox")}</strong> {text}</p> : null;
}
