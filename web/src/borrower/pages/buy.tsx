/** A basket carried over from a merchant's page: what, how much, over how long; then the ordinary application. */
import { useEffect, useState } from "preact/hooks";
import { money } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import type { Basket } from "../../shared/types.ts";
import * as api from "../api.ts";
import { draft, saveDraft } from "../draft.ts";
import { go } from "../router.ts";
import { t } from "../text/index.ts";
import { Choice, Fold } from "../ui/field.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Button, Money, Skeleton } from "../ui/parts.tsx";
import { Note, ProblemNote, toast } from "../ui/say.tsx";
import { useAction, useLoaded } from "../use.ts";
import { words } from "../words.ts";
import { Line } from "./confirm.tsx";

const TENORS = [3, 6, 12, 24];

const zh = {
  title: "分期购买",
  heading: (merchant: string) => `在${merchant}分期买`,
  sub: "钱由资金方直接付给商家，不经过你，也不经过通途。",
  times: (n: number) => `× ${n}`,
  price: "总价",
  tenor: "分几期付",
  paid: (isAll: boolean): string => (isAll ? "利息全部由商家承担" : "利息有一部分由商家承担"),
  next: (n: number) => `分 ${n} 期，去申请`,
  note: "提交申请后看到你的全部成本，签署前都可以不买。退货时，退款先还借款。",
  personal: "接收适合我的优惠",
  personalNote: "你在店里勾选了这一项。同意以前不会发，选不选都能分期。",
  read: "看条款",
  hide: "收起",
  agree: "同意接收",
  agreed: "已同意，可以在“我的”随时收回",
  working: "正在记录",
  gone: "这个订单已经在办，或者已经过期。",
  goneAction: "看我的借款",
};

const en: typeof zh = {
  title: "Pay in instalments",
  heading: (merchant) => `Buy at ${merchant} in instalments`,
  sub: "The lender pays the shop directly; the money passes neither through you nor through Tongtu.",
  times: (n) => `× ${n}`,
  price: "Price in all",
  tenor: "Over how many months",
  paid: (isAll) => (isAll ? "The shop pays all of the interest" : "The shop pays a part of the interest"),
  next: (n) => `Over ${n} months: apply`,
  note: "You see your whole cost once you apply, and may leave until you sign. If goods go back, the refund repays the loan first.",
  personal: "Offers that fit me",
  personalNote: "You ticked this in the shop. Nothing is sent before you agree, and you can buy without it.",
  read: "Read the text",
  hide: "Hide",
  agree: "Agree to receive them",
  agreed: "Agreed; take it back under Me at any time",
  working: "Saving",
  gone: "This order is already under way, or its time is over.",
  goneAction: "My loans",
};

const w = words(zh, en);
const SCOPE = "marketing";
const ALL_BPS = 10_000;

export function Buy({ id, tenor, isPersonal }: { id: string; tenor: number; isPersonal: boolean }) {
  const found = useLoaded(() => api.basket(id), [id]);
  const basket = found.data;
  return (
    <Page title={w().title} backTo="/">
      <ProblemNote problem={found.problem} retry={() => void found.reload()} />
      {!basket && !found.problem && <Skeleton lines={5} tall />}
      {basket && basket.state !== "open" && basket.state !== "applied" ? (
        <>
          <Note icon="info">{w().gone}</Note>
          <Button onClick={() => go("/loans")}>{w().goneAction}</Button>
        </>
      ) : (
        basket && <Shown basket={basket} tenor={tenor} isPersonal={isPersonal} />
      )}
    </Page>
  );
}

function Shown({ basket, tenor, isPersonal }: { basket: Basket; tenor: number; isPersonal: boolean }) {
  const list = useLoaded(api.products, []);
  const product = list.data?.find((one) => one.id === "goods_instalment");
  const tenors = (product?.tenors_months ?? TENORS).filter((n) => TENORS.includes(n) || n === tenor);
  const [months, setMonths] = useState(tenor);
  const merchant = pick(basket, "merchant");
  const paid = basket.paid_bps[String(months)];
  const start = () => {
    const { session, merchant_zh, merchant_en, price_minor } = basket;
    const items = basket.items.map((one) => `${one.name} ${w().times(one.quantity)}`).join("，");
    saveDraft({
      product: "goods_instalment",
      purpose: "goods",
      amount_minor: price_minor,
      tenor_months: months,
      facts: { ...draft().facts, price_minor },
      basket: { session, merchant_zh, merchant_en, items, price_minor },
    });
    go("/apply");
  };
  useEffect(() => {
    if (!tenors.includes(months)) setMonths(tenors.includes(12) ? 12 : (tenors[0] ?? 12));
  }, [list.data]);
  return (
    <>
      <Heading sub={w().sub}>{w().heading(merchant)}</Heading>
      <section class="card lines" aria-label={w().title}>
        {basket.items.map((one) => (
          <Line key={one.name} name={`${one.name} ${w().times(one.quantity)}`}>
            {money(one.unit_minor * one.quantity)}
          </Line>
        ))}
        <p class="line-row">
          <span>{w().price}</span>
          <Money minor={basket.price_minor} />
        </p>
      </section>
      <Choice
        look="segments"
        label={w().tenor}
        options={tenors.map((n) => [String(n), t.months(n)])}
        value={String(months)}
        onChange={(n) => setMonths(Number(n))}
      />
      {paid !== undefined && <Note icon="tag">{w().paid(paid >= ALL_BPS)}</Note>}
      <Button onClick={start}>{w().next(months)}</Button>
      <p class="under">{w().note}</p>
      {isPersonal && <Personal />}
    </>
  );
}

/** A tick in a shop is a wish; the consent is given here, under its own text. */
function Personal() {
  const me = useLoaded(api.me, []);
  const texts = useLoaded(api.consentTexts, [document.documentElement.lang]);
  const text = texts.data?.items.find((one) => one.scope === SCOPE);
  const has = me.data?.consents.some((one) => one.scope === SCOPE);
  const agree = useAction(async (key) => {
    await api.grant([{ scope: SCOPE }], texts.data?.version ?? "", key);
    await me.reload();
    toast(w().agreed);
  });
  if (!me.data || !text) return null;
  return (
    <section class="card part" aria-labelledby="personal">
      <h2 id="personal">{w().personal}</h2>
      {has ? (
        <p class="hint">{w().agreed}</p>
      ) : (
        <>
          <p class="hint">{w().personalNote}</p>
          <Fold closed={w().read} open={w().hide}>
            <p class="terms">{text.text}</p>
          </Fold>
          <Button kind="secondary" busy={agree.busy && w().working} onClick={() => void agree.run()}>
            {w().agree}
          </Button>
          <ProblemNote problem={agree.problem} />
        </>
      )}
    </section>
  );
}
