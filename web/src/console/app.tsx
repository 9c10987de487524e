/** Signed in or not; the live page comes with its own code. */
import { ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { lazy, Suspense, useEffect, useState } from "react";
import { currentLang, onLang } from "../shared/lang.ts";
import { keepToken, readToken } from "./session.ts";
import { SignIn } from "./sign-in.tsx";
import { text } from "./text.ts";
import { kitTheme, setDark, startTheme } from "./theme.ts";

const Live = lazy(() => import("./live/page.tsx").then((page) => ({ default: page.LivePage })));

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
  const enter = (given: string | null, refused = false) => {
    keepToken(given);
    setToken(given);
    setRefused(refused);
  };
  const t = text();
  return (
    <ConfigProvider button={{ autoInsertSpace: false }} theme={kitTheme()} locale={currentLang() === "zh" ? zhCN : enUS}>
      {token === null ? (
        <SignIn isRefused={isRefused} onToken={(given) => enter(given)} />
      ) : (
        <Suspense fallback={<p className="waiting">{t.loading}</p>}>
          <Live
            token={token}
            onLeave={(refused) => enter(null, refused)}
            onTheme={(dark) => {
              setDark(dark);
              redraw((n) => n + 1);
            }}
          />
        </Suspense>
      )}
    </ConfigProvider>
  );
}
