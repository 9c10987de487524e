/** The table of all costs with its forced reading: seconds the page is really seen, and its end. */
import { useEffect, useRef, useState } from "preact/hooks";
import { moneyInTable } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import type { CostTable } from "../../shared/types.ts";
import * as api from "../api.ts";
import { t } from "../text/index.ts";
import { Bar } from "../ui/deck.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Button, Skeleton } from "../ui/parts.tsx";
import { Live, Note, ProblemNote } from "../ui/say.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useAction, useLenderNames, useLoaded } from "../use.ts";
import type { CaseProps } from "./case.tsx";
import { Line } from "./confirm.tsx";

const TICK_MS = 200;
/** The end is reached when the last sentence can be read; the edge of its box may be hidden. */
const READABLE = 0.75;

export function Cost({ found, reload }: CaseProps) {
  const offer = found.offer ?? "";
  const table = useLoaded(() => api.costTable(offer), [offer]);
  const nameOf = useLenderNames();
  const [isOpen, setOpen] = useState(true);
  const [needed, setNeeded] = useState(0);
  const [hasEnded, setEnded] = useState(false);
  const seen = useSeen(isOpen && table.data !== undefined);
  const left = Math.ceil(Math.max(needed, table.data?.reading_seconds ?? Infinity) - seen);
  const confirm = useAction(async (key) => {
    await api.confirmCost(offer, key);
    await reload();
  });
  const submit = async () => {
    await confirm.run();
  };
  // The server's clock decides: what it still asks for is read on here.
  const missing = confirm.problem?.code === "reading_not_over" ? confirm.problem.retryAfterS : undefined;
  useEffect(() => {
    if (missing !== undefined) setNeeded(seen + missing);
  }, [confirm.problem]);
  return (
    <Page title={t.cost.title} closeTo="/loans" hero>
      <Heading sub={t.cost.closedNote(nameOf(lenderOf(table.data)))}>{t.cost.closed}</Heading>
      <div class="after-hero">
        <Button onClick={() => setOpen(true)}>{t.cost.open}</Button>
      </div>
      {isOpen && (
        <Sheet
          full
          title={t.cost.title}
          onClose={() => setOpen(false)}
          footer={
            table.data && (
              <>
                <p class="hint">{t.cost.evidence}</p>
                {missing !== undefined && left > 0 && <p class="error">{t.cost.notYet(left)}</p>}
                {missing === undefined && <ProblemNote problem={confirm.problem} retry={() => void reload()} />}
                <ReadButton
                  left={left}
                  of={Math.max(needed, table.data.reading_seconds)}
                  hasEnded={hasEnded}
                  busy={confirm.busy}
                  onConfirm={() => void submit()}
                />
              </>
            )
          }
        >
          {table.data ? (
            <Table table={table.data} onEnd={() => setEnded(true)} />
          ) : table.problem ? (
            <ProblemNote problem={table.problem} retry={() => void table.reload()} />
          ) : (
            <Skeleton lines={8} tall />
          )}
        </Sheet>
      )}
    </Page>
  );
}

/** The lender as the table names it, in Chinese. */
export const lenderOf = (table: CostTable | undefined) => table?.rows[0]?.collected_by ?? "";

/** Seconds this has been seen: the sheet on top and the page shown. */
function useSeen(isOn: boolean): number {
  const [seen, setSeen] = useState(0);
  useEffect(() => {
    if (!isOn) return;
    let was = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      // A sleeping page wakes with one long step: it counts as one tick, not as reading.
      if (document.visibilityState === "visible") setSeen((s) => s + Math.min(now - was, 5 * TICK_MS) / 1_000);
      was = now;
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [isOn]);
  return seen;
}

interface ReadProps {
  left: number;
  of: number;
  hasEnded: boolean;
  busy: boolean;
  onConfirm(): void;
}

/** Can be focused from the start; spoken at the start and at the end, not each second. */
function ReadButton({ left, of, hasEnded, busy, onConfirm }: ReadProps) {
  const isReady = left <= 0 && hasEnded;
  return (
    <div class={isReady ? "read ready" : "read"}>
      <Live>{isReady ? t.cost.ready : t.cost.waitWhy(Math.ceil(of))}</Live>
      <Button
        kind="primary"
        busy={busy && t.cost.confirming}
        off={!isReady && t.cost.waitWhy(Math.ceil(of))}
        onClick={onConfirm}
      >
        {left > 0 ? t.cost.reading(left) : hasEnded ? t.cost.confirm : t.cost.scroll}
      </Button>
      {!isReady && <Bar part={(of - Math.max(0, left)) / of} kind="under" />}
    </div>
  );
}

function Table({ table, onEnd }: { table: CostTable; onEnd(): void }) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const isSeen = (entries: IntersectionObserverEntry[]) => entries.some((entry) => entry.isIntersecting) && onEnd();
    const sight = new IntersectionObserver(isSeen, { threshold: READABLE });
    if (end.current) sight.observe(end.current);
    return () => sight.disconnect();
  }, []);
  const cap = Number(table.cap_percent);
  const [compound, figure] = t.cost.compound(table.effective_percent);
  return (
    <>
      <div class="well">
        <p class="row">
          <span>{t.cost.yearly}</span>
          <small>{t.cost.basis}</small>
        </p>
        <div class="row">
          <b class="display">{table.irr12_percent}%</b>
          <p class="right">
            {compound}
            <b>{figure}</b>
            <br />
            {t.cost.cap(table.cap_percent)}
          </p>
        </div>
        <Bar part={Number(table.irr12_percent) / cap} label={t.cost.capBar(table.irr12_percent, table.cap_percent)} />
      </div>
      <table class="costs">
        <thead>
          <tr>
            <th scope="col">{t.cost.item}</th>
            <th scope="col">{t.cost.how}</th>
            <th scope="col">{t.cost.amount}</th>
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.item_en}>
              <th scope="row">
                {pick(row, "item")}
                <small>{pick(row, "note")}</small>
              </th>
              <td>{pick(row, "how")}</td>
              <td>{moneyInTable(row.amount_minor)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={2}>
              {t.cost.total}
              {table.instalments > 0 && (
                <small>
                  {t.cost.rows(
                    table.instalments,
                    moneyInTable(table.instalment_minor),
                    moneyInTable(table.last_instalment_minor),
                  )}
                </small>
              )}
            </th>
            <td>{moneyInTable(table.total_minor)}</td>
          </tr>
        </tfoot>
      </table>
      <h3>{t.cost.contingent}</h3>
      <div class="lines">
        {table.contingent.map((one) => (
          <Line key={one.item_en} name={pick(one, "item")}>
            <span class="plain">{pick(one, "how")}</span>
          </Line>
        ))}
      </div>
      <div ref={end}>
        <Note icon="shield" kind="good">
          {pick(table, "no_other_charges")}
        </Note>
      </div>
    </>
  );
}
