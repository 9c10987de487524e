import "../shared/tokens.css";
import "../shared/base.css";
import "./console.css";
import { render, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, Problem, useToken } from "../shared/api";
import { choose, english } from "../shared/language";
import { Sign, useLanguage } from "../shared/parts";
import type { Live } from "../shared/types";
import { Board } from "./board";
import { SignIn } from "./sign-in";
import { say } from "./words";

const KEPT = "tongtu.console";
const POLL_MS = 2000;

interface State { live: Live | null; at: string; isStale: boolean; refusal: string }

function useLive(token: string | null, leave: (why: string) => void): State {
  const [state, set] = useState<State>({ live: null, at: "", isStale: false, refusal: "" });
  useEffect(() => {
    if (!token) return undefined;
    let timer = 0;
    let isOn = true;
    const look = async (): Promise<void> => {
      try {
        const live = await ask<Live>("/v1/insight/live");
        if (isOn) set({ live, at: new Date().toISOString(), isStale: false, refusal: "" });
      } catch (cause) {
        if (!isOn) return;
        if (cause instanceof Problem && (cause.status === 401 || cause.status === 403)) return leave(say("refused"));
        set((last) => ({ ...last, isStale: true, refusal: cause instanceof Problem ? cause.detail : "" }));
      }
      if (isOn) timer = window.setTimeout(() => void look(), POLL_MS);
    };
    void look();
    return () => {
      isOn = false;
      clearTimeout(timer);
    };
  }, [token]);
  return state;
}

function App(): JSX.Element {
  useLanguage();
  const [token, setToken] = useState(sessionStorage.getItem(KEPT));
  const [why, setWhy] = useState("");
  const leave = (reason: string): void => {
    sessionStorage.removeItem(KEPT);
    useToken(null);
    setToken(null);
    setWhy(reason);
  };
  const enter = (next: string): void => {
    sessionStorage.setItem(KEPT, next);
    useToken(next);
    setToken(next);
    setWhy("");
  };
  useToken(token);
  const state = useLive(token, leave);
  useEffect(() => {
    document.title = `${say("brand")} · ${say("live")}`;
  });
  return (
    <>
      <header class="top">
        <a class="mark" href="/"><Sign size={22} />{say("brand")}</a>
        <span class="where">{say("live")}</span>
        <span class="fill" />
        <a href="/">{say("borrower_page")}</a>
        <button type="button" lang={english() ? "zh-CN" : "en"} onClick={() => choose(english() ? "zh" : "en")}>{say("other_language")}</button>
        {token && <button type="button" onClick={() => leave("")}>{say("sign_out")}</button>}
      </header>
      <main>{token ? <Board {...state} /> : <SignIn why={why} enter={enter} />}</main>
    </>
  );
}

render(<App />, document.getElementById("app") as HTMLElement);
