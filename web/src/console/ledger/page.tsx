/** The books: the trial balance with its difference first, accounts of a kind, one account's movements. */
import { usePlatform } from "../platform.tsx";
import { usePlace } from "../router.ts";
import { AccountPage } from "./account.tsx";
import { Accounts } from "./accounts.tsx";
import { Books } from "./trial.tsx";
import "./ledger.css";

export default function LedgerPage() {
  const { path, query } = usePlace();
  const { can } = usePlatform();
  if (path[1] !== undefined) return <AccountPage key={path[1]} id={path[1]} />;
  if (query.has("kind") || !can("GET /v1/ledger/trial-balance")) return <Accounts kind={query.get("kind") ?? ""} />;
  return <Books />;
}
