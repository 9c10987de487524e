/** Cases that a person holds, and cases that are over. */
import { go } from "../router.ts";
import { t } from "../text/index.ts";
import { Heading, Page } from "../ui/page.tsx";
import { Button } from "../ui/parts.tsx";
import { Note } from "../ui/say.tsx";
import { useEvery } from "../use.ts";
import type { CaseProps } from "./case.tsx";
import { Reasons } from "./decline.tsx";
import { Documents } from "./documents.tsx";

const ASK_MS = 5_000;

export function Review({ found, reload }: CaseProps) {
  useEvery(ASK_MS, true, () => void reload());
  return (
    <Page title={t.review.title} backTo="/loans">
      <Heading sub={t.review.sub}>{t.review.heading}</Heading>
      {found.reasons.length > 0 && <Reasons list={found.reasons} title={t.review.reasons} />}
      {found.documents.length > 0 ? (
        <Documents id={found.application} />
      ) : (
        <Note icon="people">{t.review.whatNow}</Note>
      )}
      <Button kind="secondary" onClick={() => go("/loans")}>
        {t.loans.title}
      </Button>
    </Page>
  );
}

export function Ended({ found }: CaseProps) {
  return (
    <Page title={t.offers.title} backTo="/loans">
      <Heading sub={t.offers.expiredNote}>{t.loans.steps[found.step] ?? found.step}</Heading>
      <Button onClick={() => go("/")}>{t.home.action}</Button>
    </Page>
  );
}
