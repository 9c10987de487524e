/** Step 4: everything once more, each part one tap from being changed. */
import type { ComponentChildren } from "preact";
import { moneyRound } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import * as api from "../api.ts";
import { draft } from "../draft.ts";
import { go } from "../router.ts";
import { lenderName, t } from "../text/index.ts";
import { Heading } from "../ui/page.tsx";
import { Button } from "../ui/parts.tsx";
import { Note } from "../ui/say.tsx";
import { useLoaded } from "../use.ts";
import type { StepProps } from "./apply.tsx";

export function Confirm({ me, frame }: StepProps) {
  const { facts, ...wish } = draft();
  const products = useLoaded(api.products, []);
  const lenders = useLoaded(api.lenders, []);
  const product = products.data?.find((one) => one.id === wish.product);
  const shared = new Set(me.consents.filter((one) => one.scope === "share_lender").map((one) => one.recipient));
  const names = (lenders.data ?? []).filter((one) => shared.has(one.id)).map(lenderName);
  const isBureau = me.consents.some((one) => one.scope === "bureau_query");
  const money = (minor: number | null | undefined) =>
    typeof minor === "number" ? moneyRound(minor) : t.confirm.notSaid;
  return (
    <>
      {frame(
        <Button onClick={() => go("/decision")}>{t.confirm.action}</Button>,
        <>
          <Heading sub={isBureau ? t.confirm.subBureau : t.confirm.sub}>{t.confirm.heading}</Heading>
          <Part title={t.confirm.want} href={wish.basket ? `#/buy/${wish.basket.session}/${wish.tenor_months}` : "#/"}>
            {wish.basket && <Line name={pick(wish.basket, "merchant")}>{wish.basket.items}</Line>}
            <Line name={t.confirm.want}>
              {moneyRound(wish.amount_minor)} · {t.months(wish.tenor_months)}
            </Line>
            <Line name={t.confirm.product}>{product ? pick(product, "name") : "—"}</Line>
            <Line name={t.confirm.purpose}>{t.purposes[wish.purpose] ?? wish.purpose}</Line>
          </Part>
          <Part title={t.apply.steps[1] ?? ""} href="#/apply/facts">
            <Line name={t.facts.income}>{money(facts.income_minor)}</Line>
            <Line name={t.facts.expenses}>{money(facts.expenses_minor)}</Line>
            <Line name={t.facts.debt}>{money(facts.debt_minor)}</Line>
            <Line name={t.facts.assets}>{money(facts.assets_minor)}</Line>
            <Line name={t.facts.price}>{money(facts.price_minor)}</Line>
            <Line name={t.facts.seniority}>
              {facts.seniority_years} {t.facts.years}
            </Line>
            <Line name={t.facts.home}>{t.facts.homes[facts.home ?? ""] ?? ""}</Line>
            <Line name={t.facts.job}>{t.facts.jobs[facts.job ?? ""] ?? ""}</Line>
            <Line name={t.facts.records}>{facts.records ? t.facts.recordsYes : t.facts.recordsNo}</Line>
          </Part>
          <Part title={t.confirm.recipients} href="#/apply/consents">
            <p>{t.listed(names)}</p>
          </Part>
          {!isBureau && <Note icon="info">{t.consents.bureau}</Note>}
        </>,
      )}
    </>
  );
}

function Part({ title, href, children }: { title: string; href: string; children: ComponentChildren }) {
  return (
    <section class="card part">
      <div class="rows-head">
        <h2>{title}</h2>
        <a class="link" href={href} aria-label={`${t.confirm.change}: ${title}`}>
          {t.confirm.change}
        </a>
      </div>
      <div class="lines">{children}</div>
    </section>
  );
}

export function Line({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <p class="line-row">
      <span>{name}</span>
      <b>{children}</b>
    </p>
  );
}
