/** Records that may be asked for this amount: one yes for each, nothing ticked beforehand. */
import type { OutsideSource } from "../../shared/types.ts";
import { pick } from "../../shared/lang.ts";
import { draft } from "../draft.ts";
import { t } from "../text/index.ts";
import { Check } from "../ui/field.tsx";

/** The sources that are asked before such an application is decided. */
export function askedOf(sources: OutsideSource[]): OutsideSource[] {
  const { product, amount_minor } = draft();
  return sources.filter((one) => one.products.includes(product) && amount_minor >= one.amount_min_minor);
}

interface Props {
  sources: OutsideSource[];
  picked: ReadonlySet<string>;
  onPick(scope: string, isOn: boolean): void;
  text(scope: string): string;
  terms(id: string): preact.ComponentChild;
  open: string;
}

export function OutsideConsents({ sources, picked, onPick, text, terms, open }: Props) {
  if (sources.length === 0) return null;
  const { amount_minor } = draft();
  return (
    <section class="card rows" aria-labelledby="outside">
      <div class="rows-head">
        <h2 id="outside">{t.consents.outsideHead}</h2>
      </div>
      <p class="hint">{t.consents.outsideSub}</p>
      {sources.map((one) => (
        <div key={one.id} class="rows-item">
          <Check
            checked={picked.has(one.scope)}
            onChange={(isOn) => onPick(one.scope, isOn)}
            note={
              one.if_missing === "review" && amount_minor >= one.go_on_below_minor
                ? t.consents.outsideReview
                : t.consents.outsideFree
            }
            aside={terms(one.scope)}
          >
            {pick(one, "name")}
          </Check>
          {open === one.scope && (
            <p id={`terms-${one.scope}`} class="terms">
              {text(one.scope)}
            </p>
          )}
        </div>
      ))}
    </section>
  );
}
