/**
 * `<tongtu-offer amount merchant sku>`: what a price costs in instalments, on a merchant's own page.
 *
 * amount: whole fen. merchant, sku: as the platform and the shop know them. checkout: the address of
 * the shop's own server that opens a session (default /tongtu/checkout); it gets {sku, tenor_months} and
 * answers {session}. Nothing of the buyer is read, kept or sent. Colours are those of tokens.css. The element writes no style attribute
 * and no markup from text, so it lives under `script-src`/`connect-src` of the platform alone.
 */
import { ask, type Side, type Term } from "./plans.ts";
import { STYLE } from "./style.ts";
import { TEXT, type Words } from "./text.ts";

const PLATFORM = new URL(import.meta.url).origin;
const CHECKOUT = "/tongtu/checkout";
const DEAR_MONTHS = 12;
const SIGN = [
  "M3 6.5A2.5 2.5 0 0 1 5.5 4h21a2.5 2.5 0 0 1 0 5h-21A2.5 2.5 0 0 1 3 6.5Z",
  "M3 12h4.5A6 6 0 0 1 13.5 18V28H8a5 5 0 0 1-5-5Z",
  "M29 12h-4.5a6 6 0 0 0-6 6V28H24a5 5 0 0 0 5-5Z",
];

/** "¥405.38" of whole fen, without a float on the way. */
function money(minor: number): string {
  const rest = String(minor % 100).padStart(2, "0");
  return `¥${String((minor - (minor % 100)) / 100).replace(/\B(?=(\d{3})+$)/g, ",")}.${rest}`;
}

function span(from: string, to: string): string {
  return from === to ? from : `${from} – ${to}`;
}

function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  part: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(part)) Reflect.set(made, key, value);
  made.append(...children);
  return made;
}

function sign(): SVGElement {
  const ns = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(ns, "svg");
  drawn.setAttribute("viewBox", "0 0 32 32");
  drawn.setAttribute("aria-hidden", "true");
  for (const [n, d] of SIGN.entries()) {
    const path = document.createElementNS(ns, "path");
    path.setAttribute("d", d);
    path.setAttribute("fill", n === 0 ? "#0b6170" : "#0f252b");
    drawn.append(path);
  }
  return drawn;
}

class Offer extends HTMLElement {
  static readonly observedAttributes = ["amount", "merchant", "sku"];
  private readonly root = this.attachShadow({ mode: "open" });
  private terms: Term[] = [];
  private months = 0;
  private turn = 0;

  connectedCallback(): void {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.root.adoptedStyleSheets = [sheet];
    void this.load();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) void this.load();
  }

  private get words(): Words {
    const lang = this.closest("[lang]")?.getAttribute("lang") ?? navigator.language;
    return lang.toLowerCase().startsWith("zh") ? TEXT.zh : TEXT.en;
  }

  /** The place is kept while the price is asked for; without a price there is no widget. */
  private async load(): Promise<void> {
    const mine = ++this.turn;
    const amount = Number(this.getAttribute("amount"));
    if (this.terms.length === 0) this.root.replaceChildren(el("div", { className: "box wait" }));
    try {
      if (!Number.isSafeInteger(amount) || amount <= 0) throw new Error("amount is whole fen");
      const terms = await ask(PLATFORM, this.getAttribute("merchant") ?? "", this.getAttribute("sku") ?? "", amount);
      if (mine !== this.turn) return;
      if (terms.length === 0) throw new Error("nobody lends this amount");
      this.terms = terms;
      if (!terms.some((one) => one.months === this.months)) {
        this.months = (terms.find((one) => one.months === DEAR_MONTHS) ?? (terms[0] as Term)).months;
      }
      this.draw(amount);
      this.dispatchEvent(new CustomEvent("tongtu-ready"));
    } catch (error) {
      if (mine !== this.turn) return;
      this.terms = [];
      this.root.replaceChildren();
      this.dispatchEvent(new CustomEvent("tongtu-error", { detail: String(error) }));
    }
  }

  private draw(amount: number): void {
    const w = this.words;
    const sum = el("dl");
    const action = el("button", { type: "button" });
    const personal = el("input", { type: "checkbox" });
    const bad = el("p", { className: "bad" });
    bad.setAttribute("role", "alert");
    const show = () => {
      const term = this.terms.find((one) => one.months === this.months) as Term;
      sum.replaceChildren(...total(w, term, amount));
      action.textContent = w.action(term.months);
    };
    const choice = el("fieldset", {}, el("legend", { textContent: w.terms }));
    for (const term of this.terms) {
      const radio = el("input", { type: "radio", name: "term", checked: term.months === this.months });
      radio.addEventListener("change", () => {
        this.months = term.months;
        show();
      });
      choice.append(card(w, term, radio));
    }
    action.addEventListener("click", () => void this.open(action, bad, personal.checked));
    const head = el("div", { className: "head" }, el("h2", {}, sign(), w.title), el("span", { className: "who" }, w.who));
    const option = el("label", { className: "opt" }, personal, el("span", {}, w.personal));
    const note = el("p", { className: "note", textContent: w.range });
    const box = el("section", { className: "box" }, head, choice, sum, note, action, bad, option);
    box.setAttribute("aria-label", w.title);
    this.root.replaceChildren(box);
    show();
  }

  /** The shop's server asks to be paid; then the buyer goes on at the platform, basket and term in hand. */
  private async open(action: HTMLButtonElement, bad: HTMLElement, isPersonal: boolean): Promise<void> {
    if (action.getAttribute("aria-disabled") === "true") return;
    const sku = this.getAttribute("sku") ?? "";
    const detail = { sku, merchant: this.getAttribute("merchant") ?? "", tenor_months: this.months, is_personal: isPersonal };
    if (!this.dispatchEvent(new CustomEvent("tongtu-checkout", { detail, cancelable: true, bubbles: true, composed: true }))) return;
    action.setAttribute("aria-disabled", "true");
    action.textContent = this.words.opening;
    bad.textContent = "";
    try {
      const answer = await fetch(this.getAttribute("checkout") ?? CHECKOUT, {
        method: "POST",
        headers: { "content-type": "application/json" },
        signal: AbortSignal.timeout(15_000),
        body: JSON.stringify({ sku, tenor_months: this.months }),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const { session } = (await answer.json()) as { session: string };
      if (!/^[a-z]+_[0-9A-Za-z]+$/.test(session)) throw new Error("no session");
      location.assign(`${PLATFORM}/#/buy/${session}/${this.months}${isPersonal ? "/personal" : ""}`);
    } catch {
      bad.textContent = this.words.failed;
    }
    action.setAttribute("aria-disabled", "false");
    action.textContent = this.words.action(this.months);
  }
}

function card(w: Words, term: Term, radio: HTMLInputElement): HTMLElement {
  const { from, to } = term;
  const name = el("span", {}, w.months(term.months), ...(term.isPaid ? [el("i", {}, w.paid)] : []));
  const each = el("b", {}, span(money(from.instalment_minor), money(to.instalment_minor)), " ", el("small", {}, w.each));
  const cost = el("span", {}, `${w.cost} ${span(money(from.cost_minor), money(to.cost_minor))}`);
  const yearly = el("span", {}, `${w.yearly} ${yearlyOf(from, to)}`);
  return el("label", { className: "term" }, radio, name, each, cost, yearly);
}

function yearlyOf(from: Side, to: Side): string {
  return span(`${from.irr12_percent}%`, `${to.irr12_percent}%`);
}

function total(w: Words, term: Term, amount: number): HTMLElement[] {
  const { from, to } = term;
  const all = span(money(from.total_minor), money(to.total_minor));
  const parts = w.parts(money(amount), span(money(from.cost_minor), money(to.cost_minor)));
  const row = (name: string, figure: string, rest: string) =>
    el("div", {}, el("dt", {}, name), el("dd", {}, el("b", {}, figure), ` ${rest}`));
  return [row(w.all(term.months), all, parts), row(w.yearlyLong, yearlyOf(from, to), w.basis)];
}

if (!customElements.get("tongtu-offer")) customElements.define("tongtu-offer", Offer);
