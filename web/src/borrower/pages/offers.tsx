/** Compare true cost: cheapest first, a bar as long as the cost, both yearly figures, who said no. */
import { useEffect, useState } from "preact/hooks";
import { money, moment } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import type { NotOffered, Offer } from "../../shared/types.ts";
import { asProblem } from "../../shared/problem.ts";
import * as api from "../api.ts";
import { kindName, lenderName, t } from "../text/index.ts";
import { Bar } from "../ui/deck.tsx";
import { Icon } from "../ui/icon.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Badge, Button, Money } from "../ui/parts.tsx";
import { ProblemNote } from "../ui/say.tsx";
import { useAction, useLenderNames } from "../use.ts";
import type { CaseProps } from "./case.tsx";
import { Line } from "./confirm.tsx";

/** A lender that decides by itself is looked for this often, until it answered or its time is over. */
const LOOK_MS = 2_000;
/** The list to choose from is another one now: it stands on the page before anybody chooses again. */
const OTHER_LIST = ["list_changed", "offer_gone"];

export function Offers({ found, reload }: CaseProps) {
  const { gone } = found;
  const offers = borne(found).filter((one) => !gone.includes(one.n));
  const lost = found.offers.filter((one) => gone.includes(one.n));
  // What the person opened stays open; until then a cheaper offer that comes later takes the top.
  const [open, setOpen] = useState<number>();
  const choose = useAction(async (key, n: number) => {
    try {
      await api.accept(found.application, n, found.decision, key);
    } catch (error) {
      if (OTHER_LIST.includes(asProblem(error).code)) await reload();
      throw error;
    }
    await reload();
  });
  const { pending } = found;
  useEffect(() => {
    if (pending.length === 0) return;
    const timer = setTimeout(() => void reload(), LOOK_MS);
    return () => clearTimeout(timer);
  }, [found]);
  const dearest = Math.max(1, ...offers.map((one) => one.cost_minor));
  const first = offers[0];
  const [chosen, ...rest] = order(offers, open);
  return (
    <Page title={t.offers.title} backTo="/loans">
      <Heading
        sub={
          <span class="row">
            <span>{first && t.offers.terms(money(first.amount_minor), first.tenor_months)}</span>
            <a class="link" href="#/">
              {t.offers.change}
            </a>
          </span>
        }
      >
        {t.offers.heading(offers.length)}
      </Heading>
      {chosen && (
        <OfferCard
          offer={chosen}
          part={chosen.cost_minor / dearest}
          isCheapest={chosen.n === first?.n}
          isRecommended={chosen.n === found.recommended}
          isOther={chosen.amount_minor !== first?.amount_minor}
          isHeld={found.held.includes(chosen.n)}
          busy={choose.busy}
          onPick={() => void choose.run(chosen.n)}
        />
      )}
      <ProblemNote problem={choose.problem} retry={() => void reload()} />
      {rest.length > 0 && (
        <ul class="card rows">
          {rest.map((one) => (
            <li key={one.n}>
              <OfferRow
                offer={one}
                part={one.cost_minor / dearest}
                isCheapest={one.n === first?.n}
                isRecommended={one.n === found.recommended}
                isOther={one.amount_minor !== first?.amount_minor}
                onOpen={() => setOpen(one.n)}
              />
            </li>
          ))}
        </ul>
      )}
      {lost.length > 0 && (
        <p class="hint" role="status">
          {t.offers.gone(t.listed(lost.map((one) => lenderName(one.lender))))}
        </p>
      )}
      {pending.length > 0 && (
        <p class="hint" role="status">
          {t.offers.pending(pending.map((one) => lenderName(one.lender)).join("、"))}
        </p>
      )}
      <p class="hint">{t.offers.order}</p>
      {found.recommended != null && <p class="hint">{t.offers.recommendedNote}</p>}
      <Refused list={found.not_offered} />
    </Page>
  );
}

/** Of goods, what the buyer pays once the merchant paid its part; a lender that pays no merchants is left out. */
function borne({ offers, goods }: CaseProps["found"]): Offer[] {
  if (!goods) return offers;
  const own = offers.flatMap((one) => {
    const plan = goods.plans.find((each) => each.offer === one.n);
    return plan ? [{ ...one, ...plan, lender: one.lender }] : [];
  });
  return own.sort((a, b) => a.cost_minor - b.cost_minor);
}

/** The opened offer first; the others keep the order of cost the server gave. */
function order(offers: Offer[], open: number | undefined): Offer[] {
  const chosen = offers.filter((one) => one.n === open);
  return [...chosen, ...offers.filter((one) => one.n !== open)];
}

interface CardProps {
  offer: Offer;
  part: number;
  isCheapest: boolean;
  isRecommended: boolean;
  /** A lender that decides by itself may lend less: its smaller cost is none to compare. */
  isOther: boolean;
  isHeld: boolean;
  busy: boolean;
  onPick(): void;
}

function OfferCard({ offer, part, isCheapest, isRecommended, isOther, isHeld, busy, onPick }: CardProps) {
  const name = lenderName(offer.lender);
  const hasFee = offer.fee_monthly_minor > 0;
  return (
    <article class="card offer on" aria-label={name}>
      <div class="row">
        <h2>
          {name} <small>{kindName(offer.lender, hasFee)}</small>
        </h2>
        {isCheapest && <Badge kind="ok">{t.offers.cheapest}</Badge>}
        {isRecommended && <Badge kind="wait">{t.offers.recommended}</Badge>}
        {isOther && <Badge kind="warn">{t.offers.other(money(offer.amount_minor))}</Badge>}
      </div>
      <dl class="sides">
        <div>
          <dt>{t.offers.monthly}</dt>
          <dd>
            <Money minor={offer.instalment_minor} size="l" />
          </dd>
        </div>
        <div>
          <dt>{t.offers.total}</dt>
          <dd>
            <Money minor={offer.cost_minor} />
          </dd>
        </div>
      </dl>
      <Bar part={part} label={t.offers.bar(name, Math.round(part * 100))} />
      <div class="lines ruled">
        <Line name={t.offers.yearly}>{offer.irr12_percent}%</Line>
        <Line name={t.offers.compound}>
          <span class="plain">{offer.effective_percent}%</span>
        </Line>
        <Line name={t.offers.fees}>
          <span class="plain">{hasFee ? t.offers.guarantee(money(offer.fee_monthly_minor)) : t.offers.none}</span>
        </Line>
        <Line name={t.offers.early}>
          <span class="plain">{t.offers.earlyFree}</span>
        </Line>
        {offer.last_instalment_minor !== offer.instalment_minor && (
          <Line name={t.offers.last}>
            <span class="plain">{money(offer.last_instalment_minor)}</span>
          </Line>
        )}
        <Line name={isHeld ? t.offers.held : t.offers.valid}>
          <span class="plain">{moment(offer.expires_at)}</span>
        </Line>
      </div>
      {!isHeld && <p class="hint">{t.offers.notHeld}</p>}
      <Button busy={busy && t.offers.picking} onClick={onPick}>
        {t.offers.pick}
      </Button>
    </article>
  );
}

interface RowProps {
  offer: Offer;
  part: number;
  isCheapest: boolean;
  isRecommended: boolean;
  isOther: boolean;
  onOpen(): void;
}

function OfferRow({ offer, part, isCheapest, isRecommended, isOther, onOpen }: RowProps) {
  const hasFee = offer.fee_monthly_minor > 0;
  return (
    <button type="button" class="offer-row" aria-expanded={false} onClick={onOpen}>
      <span class="row">
        <span>
          <b class="name">{lenderName(offer.lender)}</b> <small>{kindName(offer.lender, hasFee)}</small>
          {isRecommended && (
            <>
              {" "}
              <Badge kind="wait">{t.offers.recommended}</Badge>
            </>
          )}
          {isOther && (
            <>
              {" "}
              <Badge kind="warn">{t.offers.other(money(offer.amount_minor))}</Badge>
            </>
          )}
        </span>
        {isCheapest ? (
          <Badge kind="ok">{t.offers.cheapest}</Badge>
        ) : (
          <span class="yearly">
            {t.offers.yearlyShort} <b>{offer.irr12_percent}%</b>
          </span>
        )}
      </span>
      <span class="row second">
        <span>
          {t.offers.each(money(offer.instalment_minor))}
          {hasFee && t.offers.withFee(money(offer.fee_monthly_minor))}
        </span>
        <span>{t.offers.costShort(money(offer.cost_minor))}</span>
      </span>
      <Bar part={part} kind="grey" />
    </button>
  );
}

/** Each lender's own answer, in words a person can use. */
export function Refused({ list, isOpen = false }: { list: NotOffered[]; isOpen?: boolean }) {
  const [open, setOpen] = useState(isOpen);
  const nameOf = useLenderNames();
  if (list.length === 0) return null;
  return (
    <section class="refused">
      <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t.offers.refused(list.length)}
        <Icon name={open ? "down" : "right"} size={16} />
      </button>
      {open && (
        <ul class="card rows" aria-label={t.offers.refusedTitle}>
          {list.map((one) => (
            <li key={one.lender} class="rows-item">
              <b>{nameOf(one.lender)}</b>
              <p class="hint">{pick(one, "text")}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
