/** Which loan suits, or why none does: for everybody alike, or by what one says of oneself if one wishes. */
import { useState } from "preact/hooks";
import { money } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import type { Recommendation } from "../../shared/types.ts";
import * as api from "../api.ts";
import { draft, saveDraft } from "../draft.ts";
import { go } from "../router.ts";
import { askToSignIn, isSignedIn } from "../session.ts";
import { t } from "../text/index.ts";
import { Check, Choice, MoneyField } from "../ui/field.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Badge, Button, Money } from "../ui/parts.tsx";
import { Note, ProblemNote } from "../ui/say.tsx";
import { useAction, useLoaded } from "../use.ts";

const PLAIN = "plain";
const PERSONAL = "personal";

export function Advise() {
  const wish = draft();
  const [purpose, setPurpose] = useState(wish.purpose || "daily_consumption");
  const [amount, setAmount] = useState<number | null | undefined>(wish.amount_minor);
  const [income, setIncome] = useState<number | null | undefined>(wish.facts.income_minor);
  const [expenses, setExpenses] = useState<number | null | undefined>(wish.facts.expenses_minor);
  const [debt, setDebt] = useState<number | null | undefined>(wish.facts.debt_minor);
  const [isStudent, setStudent] = useState(false);
  const [view, setView] = useState(PLAIN);
  const [found, setFound] = useState<Recommendation>();
  const isPersonal = view === PERSONAL;
  const ask = useAction(async () => {
    const asked = { purpose, amount_minor: amount ?? 0 };
    const said = {
      income_minor: income ?? null,
      expenses_minor: expenses ?? 0,
      debt_minor: debt ?? 0,
      is_student: isStudent,
    };
    setFound(isPersonal ? await api.recommendForMe({ ...asked, ...said }) : await api.recommend(asked));
  });
  const change = (to: string) => {
    // What was advised by the other view stands no longer.
    setFound(undefined);
    if (to === PERSONAL && !isSignedIn()) askToSignIn("/advise");
    else setView(to);
  };
  const isAsked = (amount ?? 0) > 0 && (!isPersonal || (expenses !== undefined && debt !== undefined));
  return (
    <Page title={t.advise.title} backTo="/">
      <Heading sub={t.advise.sub}>{t.advise.heading}</Heading>
      <Choice
        look="segments"
        label={t.advise.view}
        hint={isPersonal ? t.advise.personalHint : t.advise.plainHint}
        options={[
          [PLAIN, t.advise.plain],
          [PERSONAL, t.advise.personal],
        ]}
        value={view}
        onChange={change}
      />
      <MoneyField label={t.advise.amount} unit={t.yuan} value={amount} onChange={setAmount} />
      <Choice label={t.facts.purpose} options={Object.entries(t.purposes)} value={purpose} onChange={setPurpose} />
      {isPersonal && (
        <>
          <MoneyField label={t.facts.income} unit={t.yuanMonth} value={income} onChange={setIncome} />
          <MoneyField label={t.facts.expenses} unit={t.yuanMonth} value={expenses} onChange={setExpenses} />
          <MoneyField label={t.facts.debt} unit={t.yuan} value={debt} onChange={setDebt} />
          <Check checked={isStudent} onChange={setStudent}>
            {t.advise.student}
          </Check>
        </>
      )}
      <Button busy={ask.busy && t.advise.asking} off={!isAsked && t.advise.missing} onClick={() => void ask.run()}>
        {t.advise.ask}
      </Button>
      <ProblemNote problem={ask.problem} retry={() => void ask.run()} />
      {found && <Advised found={found} purpose={purpose} />}
    </Page>
  );
}

/** What is recommended and why; or that no loan is, with the way back to the price open all the same. */
function Advised({ found, purpose }: { found: Recommendation; purpose: string }) {
  const products = useLoaded(api.products, []);
  const product = products.data?.find((one) => one.id === found.product);
  const take = () => {
    saveDraft({ product: found.product ?? "", amount_minor: found.amount_minor, tenor_months: found.tenor_months, purpose });
    go("/");
  };
  return (
    <section class="card" aria-labelledby="advised" role="status">
      <p class="row">
        <Badge kind={found.product === null ? "wait" : "ok"}>{found.is_personal ? t.advise.personal : t.advise.plain}</Badge>
      </p>
      <h2 id="advised">
        {found.product === null ? t.advise.noLoan : product ? pick(product, "name") : found.product}
      </h2>
      {found.product !== null && (
        <>
          <p>{t.advise.terms(money(found.amount_minor), found.tenor_months)}</p>
          <p class="row">
            <span>{t.advise.monthly}</span>
            <Money minor={found.instalment_minor} size="l" />
          </p>
        </>
      )}
      {found.affordable_minor !== null && <p class="hint">{t.advise.affordable(money(found.affordable_minor))}</p>}
      <ul class="reasons" aria-label={t.advise.why}>
        {found.reasons.map((one) => (
          <li key={one.code}>{pick(one, "text")}</li>
        ))}
      </ul>
      {found.product === null ? (
        <Note icon="info">{t.advise.noLoanNote}</Note>
      ) : (
        <Button kind="secondary" onClick={take}>
          {t.advise.take}
        </Button>
      )}
    </section>
  );
}
