/** A pasted staff token; whether it holds is the live page's first answer. */
import { Alert, Button, Input } from "antd";
import { useId, useState, type FormEvent } from "react";
import { currentLang, setLang } from "../shared/lang.ts";
import { Brand } from "./sign.tsx";
import { text } from "./text.ts";

const TOKEN_MAX = 200;

interface SignInProps {
  isRefused: boolean;
  onToken(token: string): void;
}

export function SignIn({ isRefused, onToken }: SignInProps) {
  const t = text();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [isEmpty, setEmpty] = useState(false);
  const other = currentLang() === "zh" ? "en" : "zh";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = typed.trim();
    setEmpty(token === "");
    if (token) onToken(token);
  };
  return (
    <main className="sign-in">
      <header>
        <Brand />
        <Button type="text" lang={other} aria-label={t.otherLangName} onClick={() => setLang(other)}>
          {t.otherLang}
        </Button>
      </header>
      <form className="card" onSubmit={submit} noValidate>
        <h1>{t.signIn}</h1>
        <p>{t.signInSub}</p>
        {isRefused && <Alert type="error" showIcon title={t.refused} role="alert" />}
        <label htmlFor={id}>{t.token}</label>
        <Input.Password
          id={id}
          value={typed}
          maxLength={TOKEN_MAX}
          autoComplete="off"
          status={isEmpty ? "error" : ""}
          aria-invalid={isEmpty}
          aria-describedby={`${id}h`}
          onChange={(event) => setTyped(event.target.value)}
        />
        <p id={`${id}h`} className={isEmpty ? "error" : "hint"}>
          {isEmpty ? t.tokenEmpty : t.tokenHint}
        </p>
        <Button type="primary" htmlType="submit">
          {t.enter}
        </Button>
      </form>
    </main>
  );
}
