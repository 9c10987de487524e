/** Signing in: password with the app's code, a passkey, in the demo by role; a pasted token as a last way. */
import { Alert, Button, Input } from "antd";
import { useEffect, useId, useState, type FormEvent } from "react";
import { makeHttp } from "../../shared/http.ts";
import { currentLang, setLang } from "../../shared/lang.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import { askPasskey, hasPasskeys } from "../passkey.ts";
import type { Role } from "../platform.tsx";
import { Brand } from "../sign.tsx";
import { text } from "../text.ts";
import { Field } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { sayProblem } from "../ui/parts.tsx";

const LOGIN_MAX = 40;
const PASSWORD_MAX = 128;
const TOKEN_MAX = 200;
const CODE = /^\d{6}$/;

interface SignInProps {
  isRefused: boolean;
  onToken(token: string): void;
}

interface SignedIn {
  token: string;
  role: Role;
}

const http = makeHttp(
  () => null,
  () => undefined,
);

export function SignIn({ isRefused, onToken }: SignInProps) {
  const t = text();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState("");
  const other = currentLang() === "zh" ? "en" : "zh";
  useEffect(() => {
    document.title = `${t.signIn} · ${t.brand}`;
  }, [t]);
  const enter = async (way: string, ask: () => Promise<SignedIn>) => {
    setBusy(way);
    setProblem(undefined);
    try {
      onToken((await ask()).token);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy("");
    }
  };
  const refusal = problem ? (problem.code === "page_failed" ? t.noPasskey : sayProblem(problem)) : t.refused;
  return (
    <main className="sign-in">
      <header>
        <Brand />
        <Button type="text" lang={other} aria-label={t.otherLangName} onClick={() => setLang(other)}>
          {t.otherLang}
        </Button>
      </header>
      <div className="card">
        <h1>{t.signIn}</h1>
        <p>{t.signInSub}</p>
        {(problem || isRefused) && <Alert type="error" showIcon title={refusal} role="alert" />}
        <ByPassword isBusy={busy === "password"} onEnter={(body) => void enter("password", () => post("password", body))} />
        {hasPasskeys() && (
          <Button block loading={busy === "passkey"} onClick={() => void enter("passkey", () => askPasskey<SignedIn>(http, "/v1/sign-in/passkey"))}>
            {t.byPasskey}
          </Button>
        )}
        <details>
          <summary>{t.byToken}</summary>
          <ByToken onToken={onToken} />
        </details>
      </div>
      <DemoStaff busy={busy} onEnter={(login) => void enter(login, () => http.json<SignedIn>("/v1/demo/staff-sessions", { method: "POST", body: { login } }))} />
    </main>
  );
}

function post(way: string, body: unknown): Promise<SignedIn> {
  return http.json<SignedIn>(`/v1/sign-in/${way}`, { method: "POST", body });
}

interface Given {
  login: string;
  password: string;
  code: string;
}

function ByPassword({ isBusy, onEnter }: { isBusy: boolean; onEnter(given: Given): void }) {
  const t = text();
  const [given, setGiven] = useState<Given>({ login: "", password: "", code: "" });
  const [isTried, setTried] = useState(false);
  const set = (key: keyof Given) => (event: { target: { value: string } }) => setGiven({ ...given, [key]: event.target.value });
  const wrong = {
    login: given.login.trim() ? undefined : t.missing,
    password: given.password ? undefined : t.missing,
    code: CODE.test(given.code) ? undefined : t.codeWrong,
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!wrong.login && !wrong.password && !wrong.code) onEnter({ ...given, login: given.login.trim() });
  };
  const error = (key: keyof Given) => (isTried ? wrong[key] : undefined);
  return (
    <form onSubmit={submit} noValidate>
      <Field label={t.login} error={error("login")}>
        {(own) => <Input {...own} value={given.login} maxLength={LOGIN_MAX} autoComplete="username" onChange={set("login")} />}
      </Field>
      <Field label={t.password} error={error("password")}>
        {(own) => <Input.Password {...own} value={given.password} maxLength={PASSWORD_MAX} autoComplete="current-password" onChange={set("password")} />}
      </Field>
      <Field label={t.appCode} hint={t.appCodeHint} error={error("code")}>
        {(own) => <Input {...own} value={given.code} maxLength={6} inputMode="numeric" autoComplete="one-time-code" onChange={set("code")} />}
      </Field>
      <Button type="primary" htmlType="submit" block loading={isBusy}>
        {t.enter}
      </Button>
    </form>
  );
}

function ByToken({ onToken }: { onToken(token: string): void }) {
  const t = text();
  const id = useId();
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim()) onToken(typed.trim());
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor={id}>{t.token}</label>
      <Input.Password id={id} value={typed} maxLength={TOKEN_MAX} autoComplete="off" aria-describedby={`${id}h`} onChange={(event) => setTyped(event.target.value)} />
      <p id={`${id}h`} className="hint">
        {t.tokenHint}
      </p>
      <Button htmlType="submit">{t.enterToken}</Button>
    </form>
  );
}

interface Staff {
  login: string;
  role: Role;
  organisation: number;
}

/** There in the demo only, on its own machine: elsewhere the address does not exist. */
function DemoStaff({ busy, onEnter }: { busy: string; onEnter(login: string): void }) {
  const t = text();
  const [staff, setStaff] = useState<Staff[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    http.json<{ items: Staff[] }>("/v1/demo/staff", { signal: stop.signal }).then(
      (found) => setStaff(found.items.filter((one) => one.role !== "merchant")),
      () => undefined,
    );
    return () => stop.abort();
  }, []);
  if (staff.length === 0) return null;
  const people = staff.filter((one) => one.role !== "lender");
  const lenders = staff.filter((one) => one.role === "lender");
  return (
    <section className="card demo" aria-labelledby="demo-title">
      <h2 id="demo-title">{t.demo}</h2>
      <p>{t.demoSub}</p>
      <ul>
        {people.map((one) => (
          <li key={one.login}>
            <Button loading={busy === one.login} onClick={() => onEnter(one.login)}>
              {t.roles[one.role]}
              {one.organisation > 0 && t.ofBranch(one.organisation)}
              {one.login.endsWith("_2") && " 2"}
            </Button>
          </li>
        ))}
      </ul>
      {lenders.length > 0 && (
        <details>
          <summary>
            <Icon name="bank" size={16} /> {t.asLender}
          </summary>
          <ul>
            {lenders.map((one) => (
              <li key={one.login}>
                <Button loading={busy === one.login} onClick={() => onEnter(one.login)}>
                  {one.login.replace(/^demo-lender_/, "")}
                </Button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
