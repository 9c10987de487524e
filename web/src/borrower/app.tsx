/** Which page an address shows. */
import { useEffect } from "preact/hooks";
import { useDisplay } from "./display.ts";
import { Apply } from "./pages/apply.tsx";
import { Case } from "./pages/case.tsx";
import { Decision } from "./pages/decision.tsx";
import { Home } from "./pages/home.tsx";
import { LoanHome } from "./pages/loan.tsx";
import { Loans } from "./pages/loans.tsx";
import { MePage } from "./pages/me.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { go, useRoute } from "./router.ts";
import { askToSignIn, isSignedIn } from "./session.ts";
import { Toasts } from "./ui/say.tsx";
import { useLang } from "./use.ts";

const FOR_ALL = new Set(["", "sign-in", "me"]);

export function App() {
  const route = useRoute();
  useLang();
  useDisplay();
  const [name = "", id] = route;
  const mustSignIn = !FOR_ALL.has(name) && !isSignedIn();
  useEffect(() => {
    if (mustSignIn) askToSignIn();
  }, [mustSignIn, name, id]);
  return (
    <>
      {!mustSignIn && <Shown name={name} id={id} />}
      <Toasts />
    </>
  );
}

function Shown({ name, id }: { name: string; id: string | undefined }) {
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
      return id ? <LoanHome key={id} id={id} /> : <Loans />;
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
