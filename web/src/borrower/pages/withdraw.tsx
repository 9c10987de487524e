/** Leaving a contract within its days: what goes back, until when it is possible, and doing it. */
import { dateInWords, money } from "../../shared/format.ts";
import type { Withdrawal } from "../../shared/types.ts";
import * as api from "../api.ts";
import { t } from "../text/index.ts";
import { Button, Money } from "../ui/parts.tsx";
import { Note, ProblemNote, toast } from "../ui/say.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useAction } from "../use.ts";

/** A card while there are days left, and the record once it was done; else nothing. */
export function WithdrawCard({ found, onOpen }: { found: Withdrawal; onOpen(): void }) {
  if (found.state === "over") return null;
  if (found.state === "withdrawn") {
    return <Note icon="info">{t.withdraw.done(money(found.pay_minor ?? 0), day(found.repay_by))}</Note>;
  }
  return (
    <section class="card">
      <p class="row">
        <span>{t.withdraw.until(day(found.until))}</span>
        <Button kind="text" onClick={onOpen}>
          {t.withdraw.open}
        </Button>
      </p>
    </section>
  );
}

interface Props {
  found: Withdrawal;
  reload(): Promise<void>;
  onClose(): void;
}

export function WithdrawSheet({ found, reload, onClose }: Props) {
  const act = useAction(async (key) => {
    await api.withdrawFrom(found.loan, key);
    await reload();
    toast(t.withdraw.toast);
    onClose();
  });
  const lines: [string, number][] = [
    [t.withdraw.principal, found.principal_minor ?? 0],
    [t.withdraw.interest(found.days_used ?? 0), found.interest_minor ?? 0],
  ];
  return (
    <Sheet
      title={t.withdraw.title}
      onClose={onClose}
      footer={
        <Button busy={act.busy && t.withdraw.busy} onClick={() => void act.run()}>
          {t.withdraw.act(money(found.pay_minor ?? 0))}
        </Button>
      }
    >
      <Money minor={found.pay_minor ?? 0} size="xl" />
      <dl class="sides">
        {lines.map(([word, minor]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>
              <Money minor={minor} />
            </dd>
          </div>
        ))}
      </dl>
      <p class="hint">{t.withdraw.note(day(found.until), day(found.repay_by))}</p>
      <ProblemNote problem={act.problem} retry={() => void act.run()} />
    </Sheet>
  );
}

const day = (text: string | null | undefined) => (text ? dateInWords(text, true) : "");
