/** Signed in or not; who one is and what one may do is read before anything is shown. */
import { ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { useCallback, useEffect, useState } from "react";
import { makeHttp, type Http } from "../shared/http.ts";
import { currentLang, onLang } from "../shared/lang.ts";
import { asProblem, Problem } from "../shared/problem.ts";
import { PlatformHere, type Me } from "./platform.tsx";
import { keepToken, readToken } from "./session.ts";
import { Shell } from "./shell/shell.tsx";
import { SignIn } from "./sign-in/page.tsx";
import { Prove } from "./sign-in/prove.tsx";
import { text } from "./text.ts";
import { kitTheme, setDark, startTheme } from "./theme.ts";
import { Failed, Skeleton } from "./ui/parts.tsx";

startTheme();

export function App() {
  const [token, setToken] = useState(readToken);
  const [isRefused, setRefused] = useState(false);
  const [, redraw] = useState(0);
  useEffect(() => {
    const again = () => redraw((n) => n + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", again);
    const stop = onLang(again);
    return () => {
      stop();
      system.removeEventListener("change", again);
    };
  }, []);
  const enter = useCallback((given: string | null, refused = false) => {
    keepToken(given);
    setToken(given);
    setRefused(refused);
  }, []);
  const onTheme = (dark: boolean) => {
    setDark(dark);
    redraw((n) => n + 1);
  };
  return (
    <ConfigProvider button={{ autoInsertSpace: false }} theme={kitTheme()} locale={currentLang() === "zh" ? zhCN : enUS}>
      {token === null ? (
        <SignIn isRefused={isRefused} onToken={(given) => enter(given)} />
      ) : (
        <Signed key={token} token={token} onTheme={onTheme} onLeave={(refused) => enter(null, refused)} />
      )}
    </ConfigProvider>
  );
}

interface SignedProps {
  token: string;
  onTheme(isDark: boolean): void;
  onLeave(isRefused: boolean): void;
}

function Signed({ token, onTheme, onLeave }: SignedProps) {
  const [me, setMe] = useState<Me>();
  const [problem, setProblem] = useState<Problem>();
  const [turn, setTurn] = useState(0);
  const [asked, setAsked] = useState<{ http: Http; done(): void; refuse(why: Problem): void }>();
  useEffect(() => {
    const stop = new AbortController();
    const http = makeHttp(
      () => token,
      () => onLeave(true),
    );
    http.json<Me>("/v1/me/permissions", { signal: stop.signal }).then(setMe, (error: unknown) => {
      if (!stop.signal.aborted) setProblem(asProblem(error));
    });
    return () => stop.abort();
    // Who leaves is let go by the same function whichever draw it came from.
  }, [token, turn]);
  const prove = useCallback(
    (http: Http) =>
      new Promise<void>((done, refuse) => {
        setAsked({ http, done, refuse });
      }),
    [],
  );
  const settle = (end: () => void) => {
    setAsked(undefined);
    end();
  };
  if (problem && problem.status !== 401) {
    return (
      <main className="waiting">
        <h1 className="unseen">{text().console}</h1>
        <Failed
          problem={problem}
          onAgain={() => {
            setProblem(undefined);
            setTurn((n) => n + 1);
          }}
        />
      </main>
    );
  }
  if (!me) {
    return (
      <main className="waiting">
        <h1 className="unseen">{text().console}</h1>
        <Skeleton />
      </main>
    );
  }
  return (
    <PlatformHere token={token} me={me} onLeave={onLeave} prove={prove}>
      <Shell onTheme={onTheme} />
      {asked && (
        <Prove
          http={asked.http}
          onDone={() => settle(asked.done)}
          onClose={() => settle(() => asked.refuse(new Problem(403, { code: "step_up_required" })))}
        />
      )}
    </PlatformHere>
  );
}
