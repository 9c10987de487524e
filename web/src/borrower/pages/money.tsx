/** Know where the money is: the seal, the deck upright, the papers and their proof. */
import { useState } from "preact/hooks";
import { count, dateInWords, money, time } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import type { Application, CostTable } from "../../shared/types.ts";
import * as api from "../api.ts";
import { openFile } from "../open.ts";
import { go } from "../router.ts";
import { t } from "../text/index.ts";
import { Timeline, type Stop } from "../ui/deck.tsx";
import { Icon } from "../ui/icon.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Button, Money } from "../ui/parts.tsx";
import { Live, ProblemNote } from "../ui/say.tsx";
import { useAction, useEvery, useLenderNames, useLoaded } from "../use.ts";
import type { CaseProps } from "./case.tsx";
import { lenderOf } from "./cost.tsx";
import { VerifySheet } from "./verify-sheet.tsx";

const ASK_MS = 1_000;
/** Longer than this is not normal: then the page says that the bank is being asked. */
const NORMAL_MS = 60_000;

export function MoneyWay({ found, reload }: CaseProps) {
  const isOver = found.step === "funded" || found.step === "settled";
  useEvery(ASK_MS, !isOver, () => void reload());
  const table = useLoaded(() => api.costTable(found.offer ?? ""), [found.offer]).data;
  const loan = useLoaded(() => (found.loan ? api.loan(found.loan) : Promise.resolve(undefined)), [found.loan]).data;
  const proof = useProof(found.agreement);
  const [isVerifying, setVerifying] = useState(false);
  const open = useAction(async () => openFile(found.agreement ?? ""));
  const lender = useLenderNames()(lenderOf(table));
  const title = isOver ? t.money.arrived : found.step === "payout_failed" ? t.money.stuck : t.money.onWay;
  const first = loan?.schedule[0];
  return (
    <Page
      title={t.money.title}
      closeTo="/loans"
      footer={
        <Button
          kind={isOver ? "primary" : "secondary"}
          onClick={() => go(found.loan ? `/loans/${found.loan}` : "/loans")}
        >
          {t.money.done}
        </Button>
      }
    >
      <div class="arrival">
        <Heading>
          <span class="over">{title}</span>
          <Money minor={found.amount_minor} size="xl" />
        </Heading>
        <p>{lender && (found.goods ? `${lender} → ${pick(found.goods, "merchant")}` : t.money.from(lender))}</p>
        <span class="seal" role="img" aria-label={t.money.seal}>
          {t.money.seal}
        </span>
      </div>
      <Live>{title}</Live>
      <div class="card">
        <Timeline stops={stops(found, proof)} />
      </div>
      <div class="card rows">
        <div class="rows-item file">
          <Icon name="doc" />
          <div class="grow">
            <b>{t.money.document}</b>
            <p class="hint">{t.money.documentNote}</p>
          </div>
          <button type="button" class="link" onClick={() => void open.run()}>
            {t.money.view}
          </button>
        </div>
        <div class="rows-item file">
          <Icon name="shield" />
          <div class="grow">
            <b>{t.money.verify}</b>
            <p class="hint">{t.money.verifyNote}</p>
          </div>
          <button type="button" class="link" onClick={() => setVerifying(true)}>
            {t.money.verifyAction}
          </button>
        </div>
      </div>
      <ProblemNote problem={open.problem} />
      {table && <FirstDue table={table} date={first?.due_date} />}
      <p class="hint">{t.money.never}</p>
      {isVerifying && <VerifySheet agreement={found.agreement ?? ""} onClose={() => setVerifying(false)} />}
    </Page>
  );
}

function FirstDue({ table, date }: { table: CostTable; date: string | undefined }) {
  return (
    <dl class="card three">
      <div>
        <dt>{t.money.first[0]}</dt>
        <dd>
          <b>{date ? dateInWords(date) : t.money.afterFunding}</b>
        </dd>
      </div>
      <div>
        <dt>{t.money.first[1]}</dt>
        <dd>
          <Money minor={table.instalment_minor} size="s" />
        </dd>
      </div>
      <div>
        <dt>{t.money.first[2]}</dt>
        <dd>
          <b>{table.irr12_percent}%</b> <small>{t.simple}</small>
        </dd>
      </div>
    </dl>
  );
}

interface Place {
  position?: number;
  size?: number;
}

/** The agreement's place in the record: pending until the log has given it one. */
function useProof(agreement: string | null): Place | undefined {
  const proof = useLoaded(() => (agreement ? api.proof("agreement", agreement) : Promise.resolve({})), [agreement]);
  const place = proof.data as Place | undefined;
  useEvery(ASK_MS, agreement !== null && place?.position === undefined && !proof.problem, () => void proof.reload());
  return place;
}

function stops(found: Application, proof: Place | undefined): Stop[] {
  const at = (step: string) => found.history.findLast((one) => one.step === step)?.at;
  const stamp = (step: string) => {
    const when = at(step);
    return when ? { stamp: time(when) } : {};
  };
  const isOver = at("funded") !== undefined;
  const hasPlace = proof?.position !== undefined;
  const list: Stop[] = [
    {
      name: t.money.steps.signed,
      note: <span class="id">{t.money.agreement(found.agreement ?? "")}</span>,
      state: "done",
      ...stamp("signed"),
    },
    {
      name: t.money.steps.evidence,
      note: hasPlace ? t.money.record(count(proof.position ?? 0), count(proof.size ?? 0)) : t.money.recordPending,
      state: hasPlace ? "done" : "now",
    },
  ];
  const ordered = at("paying_out");
  list.push({
    name: t.money.steps.paying_out,
    note: money(found.amount_minor),
    state: ordered ? "done" : "now",
    ...stamp("paying_out"),
  });
  if (found.step === "payout_failed") {
    const note = t.money.failedNote;
    return [...list, { name: t.money.steps.payout_failed, note, state: "failed", ...stamp("payout_failed") }];
  }
  if (!isOver) {
    const isLate = ordered !== undefined && Date.now() - Date.parse(ordered) > NORMAL_MS;
    list.push({
      name: isLate ? t.money.checking : t.money.steps.waiting,
      note: isLate ? t.money.checkingNote : t.money.usual,
      state: isLate ? "unknown" : ordered ? "now" : "later",
    });
  }
  list.push({
    name: t.money.steps.funded,
    note: found.loan ? <span class="id">{t.money.loan(found.loan)}</span> : undefined,
    state: isOver ? "done" : "later",
    ...stamp("funded"),
  });
  return list;
}
