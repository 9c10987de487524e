import "../shared/tokens.css";
import "../shared/base.css";
import "./borrower.css";
import { render, type JSX } from "preact";
import { useLanguage } from "../shared/parts";
import { theCase } from "./case";
import { useRoute } from "./route";
import { Sign } from "./screens/agreement";
import { Consents } from "./screens/consents";
import { Cost } from "./screens/cost";
import { DecisionPage } from "./screens/decision";
import { Home } from "./screens/home";
import { Identity } from "./screens/identity";
import { Income } from "./screens/income";
import { Loans } from "./screens/loans";
import { Me } from "./screens/me";
import { Offers } from "./screens/offers";
import { Result } from "./screens/result";
import { Review } from "./screens/review";
import { SignIn } from "./screens/sign-in";
import { Way } from "./screens/way";
import { useCase } from "./ui";

const OPEN = new Set(["", "sign-in", "loans", "me"]);

function Screen({ name, id }: { name: string; id: string | undefined }): JSX.Element {
  if (!OPEN.has(name) && !theCase().token) return <SignIn />;
  switch (name) {
    case "sign-in": return <SignIn />;
    case "identity": return <Identity />;
    case "income": return <Income />;
    case "consents": return <Consents />;
    case "review": return <Review />;
    case "decision": return <DecisionPage />;
    case "offers": return <Offers />;
    case "result": return <Result />;
    case "cost": return <Cost key={id} offer={id ?? ""} />;
    case "agreement": return <Sign key={id} id={id ?? ""} />;
    case "way": return <Way key={id} id={id ?? ""} />;
    case "loans": return <Loans id={id} />;
    case "me": return <Me />;
    default: return <Home />;
  }
}

function App(): JSX.Element {
  useLanguage();
  useCase();
  const [name = "", id] = useRoute();
  return <Screen name={name} id={id} />;
}

render(<App />, document.getElementById("app") as HTMLElement);
