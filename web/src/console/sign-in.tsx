import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, isDemo } from "../shared/api";
import { say } from "./words";

interface Login { role: string; token: string }

export function SignIn({ why, enter }: { why: string; enter: (token: string) => void }): JSX.Element {
  const [token, setToken] = useState("");
  const [logins, setLogins] = useState<Login[]>([]);
  useEffect(() => {
    // The demo may offer log-ins; elsewhere these addresses do not exist.
    void isDemo().then((isOn) => (isOn ? ask<{ items: Login[] }>("/v1/demo/logins") : { items: [] }))
      .then(({ items }) => setLogins(items.filter((each) => each.role !== "borrower" && each.token)), () => undefined);
  }, []);
  return (
    <form class="card sign-in" onSubmit={(event) => (event.preventDefault(), token.trim() && enter(token.trim()))}>
      <h1>{say("sign_in")}</h1>
      <p>{say("sign_in_note")}</p>
      {why && <p class="alert bad" role="alert">{why}</p>}
      <label for="token">{say("token")}</label>
      <input id="token" type="password" autoComplete="off" value={token} onInput={(event) => setToken(event.currentTarget.value)} />
      <button type="submit" class="primary">{say("enter")}</button>
      {logins.length > 0 && <section><h2>{say("demo_logins")}</h2><p class="logins">{logins.map((each) => (
        <button type="button" class="outline" key={each.role} onClick={() => enter(each.token)}>{each.role}</button>
      ))}</p></section>}
    </form>
  );
}
