/** Which page an address shows. The first page comes with the entry, the others when they are near. */
import { useEffect } from "preact/hooks";
import { useDisplay } from "./display.ts";
import { lazy } from "./lazy.tsx";
import { Home } from "./pages/home.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { go, useRoute } from "./router.ts";
import { askToSignIn, isSignedIn } from "./session.ts";
import { Toasts } from "./ui/say.tsx";
import { useLang } from "./use.ts";

const Apply = lazy(() => import("./pages/apply.tsx").then((page) => page.Apply));
const Decision = lazy(() => import("./pages/decision.tsx").then((page) => page.Decision));
const Case = lazy(() => import("./pages/case.tsx").then((page) => page.Case));
const Loans = lazy(() => import("./pages/loans.tsx").then((page) => page.Loans));
const LoanHome = lazy(() => import("./pages/loan.tsx").then((page) => page.LoanHome));
const Early = lazy(() => import("./pages/early.tsx").then((page) => page.Early));
const Relief = lazy(() => import("./pages/relief.tsx").then((page) => page.Relief));
const Lines = lazy(() => import("./pages/lines.tsx").then((page) => page.Lines));
const Identify = lazy(() => import("./pages/identify.tsx").then((page) => page.Identify));
const Buy = lazy(() => import("./pages/buy.tsx").then((page) => page.Buy));
const Advise = lazy(() => import("./pages/advise.tsx").then((page) => page.Advise));
const MePage = lazy(() => import("./pages/me.tsx").then((page) => page.MePage));

const FOR_ALL = new Set(["", "sign-in", "me", "advise"]);
/** What is likely next, fetched once the page has come to rest. */
const NEXT: Record<string, { ahead(): void }[]> = {
  "sign-in": [Apply],
  apply: [Decision, Case],
  a: [LoanHome],
};

export function App() {
  const [name = "", id, ...more] = useRoute();
  useLang();
  useDisplay();
  const mustSignIn = !FOR_ALL.has(name) && !isSignedIn();
  useEffect(() => {
    if (mustSignIn) askToSignIn();
    for (const page of NEXT[name] ?? []) page.ahead();
  }, [mustSignIn, name, id]);
  return (
    <>
      {!mustSignIn && <Shown name={name} id={id} more={more} />}
      <Toasts />
    </>
  );
}

function Shown({ name, id, more }: { name: string; id: string | undefined; more: string[] }) {
  switch (name) {
    case "":
      return <Home />;
    case "sign-in":
      return <SignIn />;
    case "apply":
      return <Apply step={id} />;
    case "decision":
      return <Decision key={id ?? ""} id={id} />;
    case "a":
      return <Case key={id} id={id ?? ""} />;
    case "loans":
      if (id && more[0] === "early") return <Early key={id} id={id} />;
      if (id && more[0] === "relief") return <Relief key={id} id={id} />;
      return id ? <LoanHome key={id} id={id} /> : <Loans />;
    case "lines":
      return <Lines id={id} offer={more[0]} />;
    case "identify":
      return <Identify way={id} />;
    case "buy":
      return <Buy key={id} id={id ?? ""} tenor={Number(more[0]) || 12} isPersonal={more[1] === "personal"} />;
    case "advise":
      return <Advise />;
    case "me":
      return <MePage />;
    default:
      return <Lost />;
  }
}

/** An address of another time: home is a better answer than a dead end. */
function Lost() {
  useEffect(() => go("/", true), []);
  return null;
}
