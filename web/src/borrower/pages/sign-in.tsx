/** Phone and one-time code; in the demo a synthetic identity and its inbox. */
import { useEffect, useState } from "preact/hooks";
import * as api from "../api.ts";
import { demo } from "../demo.ts";
import { go } from "../router.ts";
import { nextAfterSignIn, signedIn } from "../session.ts";
import { t } from "../text/index.ts";
import { TextField } from "../ui/field.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Button } from "../ui/parts.tsx";
import { Note, ProblemNote } from "../ui/say.tsx";
import { useAction, useEvery, useLoaded } from "../use.ts";

const PHONE = /^(?:\+86|0086)?1[3-9]\d{9}$/;
const INBOX_MS = 1_000;

export function SignIn() {
  const [phone, setPhone] = useState("");
  const [challenge, setChallenge] = useState("");
  const [error, setError] = useState<string>();
  const hasDemo = useLoaded(api.hasDemo, []).data ?? false;
  const send = useAction(async (_key, to: string) => {
    setChallenge((await api.sendCode(to)).challenge);
  });
  const finger = useAction(async () => {
    const { signInByPasskey } = await import("../passkey.ts");
    signedIn(await signInByPasskey());
    go(nextAfterSignIn(), true);
  });
  const tryDemo = useAction(async () => {
    const person = await demo.make();
    setPhone(person.phone);
    setChallenge((await api.sendCode(person.phone)).challenge);
  });
  const plain = phone.normalize("NFKC").replace(/[\s-]/g, "");
  const check = () => setError(PHONE.test(plain) || plain === "" ? undefined : t.signIn.phoneBad);
  const submit = (event: Event) => {
    event.preventDefault();
    if (PHONE.test(plain)) void send.run(plain);
    else setError(t.signIn.phoneBad);
  };
  if (challenge) {
    return (
      <Code
        phone={plain}
        challenge={challenge}
        hasDemo={hasDemo}
        onAgain={() => void send.run(plain)}
        onOther={() => setChallenge("")}
      />
    );
  }
  return (
    <Page title={t.signIn.title} backTo="/">
      <Heading sub={t.signIn.sub}>{t.signIn.heading}</Heading>
      <form onSubmit={submit} noValidate class="stack">
        <TextField
          label={t.signIn.phone}
          hint={t.signIn.phoneHint}
          error={error}
          value={phone}
          onInput={setPhone}
          onLeave={check}
          keys="tel"
          fill="tel-national"
          max={20}
        />
        <ProblemNote problem={send.problem} />
        <Button type="submit" busy={send.busy && t.signIn.sending}>
          {t.signIn.send}
        </Button>
      </form>
      {isSecureContext && "credentials" in navigator && (
        <Button kind="text" busy={finger.busy && t.signIn.entering} onClick={() => void finger.run()}>
          {t.signIn.passkey}
        </Button>
      )}
      {finger.problem && <Note icon="info">{t.signIn.passkeyOff}</Note>}
      {hasDemo && (
        <section class="demo" aria-labelledby="demo">
          <h2 id="demo">{t.signIn.demoHeading}</h2>
          <p class="hint">{t.signIn.demoNote}</p>
          <Button kind="secondary" busy={tryDemo.busy && t.signIn.sending} onClick={() => void tryDemo.run()}>
            {t.signIn.demoAction}
          </Button>
          <ProblemNote problem={tryDemo.problem} />
        </section>
      )}
    </Page>
  );
}

interface CodeProps {
  phone: string;
  challenge: string;
  hasDemo: boolean;
  onAgain(): void;
  onOther(): void;
}

function Code({ phone, challenge, hasDemo, onAgain, onOther }: CodeProps) {
  const [code, setCode] = useState("");
  const [error, setError] = useState<string>();
  const enter = useAction(async (_key, given: string) => {
    signedIn(await api.signIn(challenge, given));
    go(nextAfterSignIn(), true);
  });
  const plain = code.normalize("NFKC").replace(/\D/g, "");
  const submit = (event: Event) => {
    event.preventDefault();
    if (plain.length === 6) {
      setError(undefined);
      void enter.run(plain);
    } else setError(t.signIn.codeBad);
  };
  return (
    <Page title={t.signIn.title} backTo="/">
      <Heading sub={t.signIn.codeSub(phone)}>{t.signIn.codeHeading}</Heading>
      {hasDemo && <Inbox phone={phone} onCode={setCode} />}
      <form onSubmit={submit} noValidate class="stack">
        <TextField
          label={t.signIn.code}
          error={error}
          value={code}
          onInput={setCode}
          keys="numeric"
          fill="one-time-code"
          max={8}
        />
        <ProblemNote problem={enter.problem} />
        <Button type="submit" busy={enter.busy && t.signIn.entering}>
          {t.signIn.enter}
        </Button>
      </form>
      <div class="pair">
        <Button kind="text" onClick={onAgain}>
          {t.signIn.again}
        </Button>
        <Button kind="text" onClick={onOther}>
          {t.signIn.otherPhone}
        </Button>
      </div>
    </Page>
  );
}

/** Stands in for the handset: only the demo has it. */
function Inbox({ phone, onCode }: { phone: string; onCode(code: string): void }) {
  const box = useLoaded(() => api.demoInbox(phone), [phone]);
  const newest = box.data?.messages.find((message) => message.code);
  useEvery(INBOX_MS, newest === undefined, () => void box.reload());
  useEffect(() => demo.remember(phone), [phone]);
  const code = newest?.code;
  return (
    <section class="demo" aria-labelledby="inbox" aria-live="polite">
      <h2 id="inbox">{t.signIn.demoInbox}</h2>
      <p class="hint">{t.signIn.demoPeople}</p>
      {newest && code ? (
        <>
          <p class="sms">{newest.text}</p>
          <Button kind="secondary" onClick={() => onCode(code)}>
            {t.signIn.demoCode(code)}
          </Button>
        </>
      ) : (
        <p class="hint">{t.loading}</p>
      )}
    </section>
  );
}
