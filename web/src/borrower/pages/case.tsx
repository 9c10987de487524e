/** One application: the step the server knows decides what is shown, whatever page came before. */
import type { Application } from "../../shared/types.ts";
import * as api from "../api.ts";
import { Page } from "../ui/page.tsx";
import { Skeleton } from "../ui/parts.tsx";
import { ProblemNote } from "../ui/say.tsx";
import { useLoaded } from "../use.ts";
import { t } from "../text/index.ts";
import { Cost } from "./cost.tsx";
import { Decline } from "./decline.tsx";
import { Ended, Review } from "./waiting.tsx";
import { MoneyWay } from "./money.tsx";
import { Offers } from "./offers.tsx";
import { SignPage } from "./sign.tsx";

export interface CaseProps {
  found: Application;
  reload(): Promise<void>;
}

const PAGES: Record<string, (props: CaseProps) => preact.JSX.Element> = {
  submitted: Review,
  waiting: Review,
  review: Review,
  offers: Offers,
  declined: Decline,
  accepted: Cost,
  cost_shown: Cost,
  cost_confirmed: SignPage,
  agreement_ready: SignPage,
  signed: MoneyWay,
  paying_out: MoneyWay,
  payout_failed: MoneyWay,
  funded: MoneyWay,
  settled: MoneyWay,
};

export function Case({ id }: { id: string }) {
  const found = useLoaded(() => api.application(id), [id]);
  if (!found.data) {
    return (
      <Page title={t.offers.title} backTo="/loans">
        {found.problem ? (
          <ProblemNote problem={found.problem} retry={() => void found.reload()} />
        ) : (
          <>
            <Skeleton lines={2} />
            <Skeleton lines={6} tall />
          </>
        )}
      </Page>
    );
  }
  const Shown = PAGES[found.data.step] ?? Ended;
  return <Shown found={found.data} reload={found.reload} />;
}
