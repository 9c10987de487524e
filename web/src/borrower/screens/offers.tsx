import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../shared/api";
import { moment } from "../../shared/dates";
import { pick } from "../../shared/language";
import { yuan } from "../../shared/money";
import { Badge, Deck, Money } from "../../shared/parts";
import type { Decision, NotOffered, Offer } from "../../shared/types";
import { change } from "../case";
import { go } from "../route";
import { Bar, Button, home, Trouble, useAct, useCase } from "../ui";
import { say, sayNamed } from "../words";

export function Offers(): JSX.Element {
  const { answer } = useCase();
  const [open, setOpen] = useState(0);
  const { busy, error, run } = useAct();
  if (!answer?.offers.length) return <div class="page"><Bar title={say("offers")} back={home} /></div>;
  const offers = [...answer.offers].sort((a, b) => a.cost_minor - b.cost_minor);
  const dearest = Math.max(...offers.map((offer) => offer.cost_minor), 1);
  const first = offers[0] as Offer;
  const choose = (offer: Offer): void =>
    run(async () => {
      const taken = await ask<{ offer: string }>(`/v1/applications/${answer.application}/acceptance`, {
        method: "POST", body: { offer: offer.n }, key: `accept-${answer.application}-${offer.n}`.slice(0, 64),
      });
      change({ agreement: null, agreementOffer: taken.offer });
      go("cost", taken.offer);
    });
  return (
    <div class="page">
      <Bar title={say("offers")} back={home} />
      <main>
        <div>
          <h1>{say("offers_title", { n: offers.length })}</h1>
          <p class="row note"><span>{say("offers_terms", { a: yuan(first.amount_minor), n: first.tenor_months })}</span><a class="link" href="#/">{say("change_terms")}</a></p>
        </div>
        <Trouble error={error} />
        <ol class="offers">
          {offers.map((offer, n) => (
            <li key={offer.n}>
              {n === open
                ? <Full {...{ offer, dearest, busy }} isCheapest={n === 0} choose={() => choose(offer)} />
                : <Line {...{ offer, dearest }} isCheapest={n === 0} open={() => setOpen(n)} />}
            </li>
          ))}
        </ol>
        <NotOfferedList answer={answer} />
        <p class="note">{say("order_rule")}</p>
      </main>
    </div>
  );
}

interface FullProps { offer: Offer; dearest: number; isCheapest: boolean; busy: boolean; choose: () => void }

function Full({ offer, dearest, isCheapest, busy, choose }: FullProps): JSX.Element {
  const pair = (name: string, value: string, isStrong = false): JSX.Element => (
    <div><dt>{name}</dt><dd class={isStrong ? "figures strong" : "figures"}>{value}</dd></div>
  );
  return (
    <article class="card offer">
      <div class="row"><h2>{pick(offer.lender, "name")} <span class="caption">{sayNamed("kind_", offer.lender.kind)}</span></h2>
        {isCheapest && <Badge tone="ok">{say("cheapest")}</Badge>}
      </div>
      <dl class="two">
        <div><dt>{say("monthly")}</dt><dd class="large"><Money minor={offer.instalment_minor} /></dd></div>
        <div class="right"><dt>{say("whole_cost")}</dt><dd class="medium"><Money minor={offer.cost_minor} /></dd></div>
      </dl>
      <Deck part={offer.cost_minor / dearest} label={`${say("whole_cost")} ${yuan(offer.cost_minor)}`} />
      <dl class="pairs plain-pairs">
        {pair(say("yearly_simple"), `${offer.irr12_percent}%`, true)}
        {pair(say("yearly_compound"), `${offer.effective_percent}%`)}
        {pair(say("total_repaid"), yuan(offer.total_minor))}
        {pair(say("other_fees"), offer.fee_monthly_minor ? say("fee_monthly", { a: yuan(offer.fee_monthly_minor) }) : say("none"))}
        {pair(say("early"), say("early_free"))}
        {pair(say("valid_until"), moment(offer.expires_at))}
      </dl>
      <Button busy={busy} onClick={choose}>{say("choose_offer")}</Button>
    </article>
  );
}

function Line({ offer, dearest, isCheapest, open }: { offer: Offer; dearest: number; isCheapest: boolean; open: () => void }): JSX.Element {
  return (
    <button type="button" class="card line" aria-expanded="false" onClick={open}>
      <span class="row">
        <span><strong>{pick(offer.lender, "name")}</strong> <span class="caption">{sayNamed("kind_", offer.lender.kind)}</span></span>
        <span class="figures"><span class="caption">{say("line_yearly")}</span> <strong>{offer.irr12_percent}%</strong></span>
      </span>
      <span class="row detail">
        <span class="figures">{say("line_monthly", { a: yuan(offer.instalment_minor) })}</span>
        <span class="figures">{say("line_cost", { a: yuan(offer.cost_minor) })}</span>
      </span>
      <span class="row caption">
        <span>{isCheapest ? say("cheapest") : offer.fee_monthly_minor ? say("line_fee", { a: yuan(offer.fee_monthly_minor) }) : ""}</span>
        <span class="figures">{say("compound_short", { p: offer.effective_percent })}</span>
      </span>
      <Deck part={offer.cost_minor / dearest} quiet />
    </button>
  );
}

const lenderName = (item: NotOffered): string => (typeof item.lender === "string" ? item.lender : pick(item.lender, "name"));

export function NotOfferedList({ answer }: { answer: Decision }): JSX.Element | null {
  if (!answer.not_offered.length) return null;
  return (
    <details class="card not-offered">
      <summary>{say("n_not_offered", { n: answer.not_offered.length })}</summary>
      <ul>{answer.not_offered.map((item, n) => (
        <li key={n}><strong>{lenderName(item)}</strong><p class="caption">{pick(item, "text")}</p></li>
      ))}</ul>
    </details>
  );
}
