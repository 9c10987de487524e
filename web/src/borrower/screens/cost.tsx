import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, newKey, Problem } from "../../shared/api";
import { english, pick } from "../../shared/language";
import { plain } from "../../shared/money";
import { Deck, Icon } from "../../shared/parts";
import type { Agreement, CostTable } from "../../shared/types";
import { change } from "../case";
import { go } from "../route";
import { Trouble, useAct, useLoad } from "../ui";
import { say } from "../words";

/** The forced reading: visible seconds here, and the server's own clock as the authority. */
export function Cost({ offer }: { offer: string }): JSX.Element {
  const { value: table, error, again } = useLoad(() => ask<CostTable>(`/v1/offers/${offer}/cost-table`), [offer]);
  return (
    <div class="ground">
      <div class="sheet" role="dialog" aria-modal="true" aria-labelledby="cost-title">
        <div class="row sheet-head">
          <h1 id="cost-title">{say("cost_title")}</h1>
          <button type="button" class="bar-icon" aria-label={say("close")} onClick={() => go("offers")}><Icon name="close" /></button>
        </div>
        <Trouble error={error} retry={again} />
        {table && <Reading table={table} offer={offer} />}
      </div>
    </div>
  );
}

function useVisibleSeconds(isOn: boolean): number {
  const [seconds, set] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && set((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [isOn]);
  return seconds;
}

function Reading({ table, offer }: { table: CostTable; offer: string }): JSX.Element {
  const [extra, setExtra] = useState(0);
  const [isAtEnd, setAtEnd] = useState(false);
  const end = useRef<HTMLParagraphElement>(null);
  const { busy, error, run } = useAct();
  const needed = table.reading_seconds + extra;
  const read = useVisibleSeconds(true);
  const left = Math.max(0, needed - read);
  const isOver = left === 0 && isAtEnd;
  useEffect(() => {
    if (!end.current) return undefined;
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && setAtEnd(true));
    watch.observe(end.current);
    return () => watch.disconnect();
  }, []);
  const confirm = (): void =>
    run(async () => {
      try {
        await ask(`/v1/offers/${offer}/cost-table/confirmation`, { method: "POST", key: newKey() });
      } catch (cause) {
        if (!(cause instanceof Problem) || cause.code !== "reading_not_over") throw cause;
        setExtra(read - table.reading_seconds + Math.ceil(cause.retryAfter ?? 1));
        return;
      }
      const made = await ask<Agreement>(`/v1/offers/${offer}/agreement`, { method: "POST", key: `agreement-${offer}` });
      change({ agreement: made, agreementOffer: offer });
      go("agreement", made.agreement);
    });
  const label = isOver ? say("read_done") : left > 0 ? say("reading_left", { n: left }) : say("scroll_end");
  return (
    <>
      <Headline table={table} />
      <Rows table={table} />
      {table.contingent.length > 0 && (
        <section><h3>{say("only_if")}</h3>
          <dl class="pairs plain-pairs">{table.contingent.map((each, n) => (
            <div key={n}><dt>{pick(each, "item")}</dt><dd>{pick(each, "how")}</dd></div>
          ))}</dl>
        </section>
      )}
      <p class="alert info with-icon strong"><Icon name="shield" />{pick(table, "no_other_charges")}</p>
      <p ref={end} class="note">{say("read_please")}</p>
      <div class="foot"><div>
        <Trouble error={error} word="maybe_money" />
        {extra > 0 && left > 0 && <p class="note" role="status">{say("not_over_yet", { n: left })}</p>}
        <button type="button" class={isOver ? "button primary" : "button reading"} aria-disabled={isOver && !busy ? undefined : "true"}
          onClick={() => isOver && !busy && confirm()}>
          {busy && <span class="spinner" aria-hidden="true" />}<span class="figures wrap">{label}</span>
          {!isOver && <Deck part={read / Math.max(1, needed)} />}
        </button>
        <p class="unseen" aria-live="polite">{isOver ? say("reading_over") : say("reading_started")}</p>
      </div></div>
    </>
  );
}

function Headline({ table }: { table: CostTable }): JSX.Element {
  return (
    <div class="headline">
      <div class="row"><span>{say("yearly_cost")}</span><span class="caption">{say("cost_basis")}</span></div>
      <div class="row"><strong class="display figures">{table.irr12_percent}%</strong>
        <span class="right detail">{say("compound")} <strong>{table.effective_percent}%</strong><br />{say("cap")} {table.cap_percent}%</span>
      </div>
      <Deck part={Number(table.irr12_percent) / Number(table.cap_percent)} />
    </div>
  );
}

function Rows({ table }: { table: CostTable }): JSX.Element {
  return (
    <table class="costs">
      <thead><tr><th scope="col">{say("item")}</th><th scope="col">{say("how")}</th><th scope="col">{say("amount_in_yuan")}</th></tr></thead>
      <tbody>
        {table.rows.map((row, n) => (
          <tr key={n}><th scope="row">{pick(row, "item")}{pick(row, "note") && <span class="caption">{pick(row, "note")}</span>}</th>
            <td>{pick(row, "how") || (row.amount_minor === 0 ? say("not_charged") : "")}{row.collected_by && <span class="by">{english() ? " · " : "，"}{row.collected_by}</span>}</td>
            <td class="figures">{plain(row.amount_minor)}</td></tr>
        ))}
      </tbody>
      <tfoot><tr><th scope="row" colSpan={2}>{say("total_repaid")}</th><td class="figures">{plain(table.total_minor)}</td></tr></tfoot>
    </table>
  );
}
