/** Offers one is sent: each beside the consent it stands on, the way to stop them beside them all. */
import { moment } from "../../shared/format.ts";
import type { PushChoice } from "../../shared/types.ts";
import * as api from "../api.ts";
import { t } from "../text/index.ts";
import { Check } from "../ui/field.tsx";
import { Badge, Button } from "../ui/parts.tsx";
import { ProblemNote, toast } from "../ui/say.tsx";
import { useAction, useLoaded } from "../use.ts";

const MARKETING = "marketing";
const OFF = { is_on: false, is_student: false, is_plain: true };

export function PushCard({ hasConsent, onConsent }: { hasConsent: boolean; onConsent(): Promise<void> }) {
  const pushes = useLoaded(api.pushes, []);
  const choose = useAction(async (key, part: Partial<PushChoice>) => {
    const { is_on, is_student, is_plain } = { ...OFF, ...pushes.data?.choice, ...part };
    const wanted = { is_on, is_student, is_plain };
    if (wanted.is_on && !hasConsent) {
      const { version } = await api.consentTexts();
      await api.grant([{ scope: MARKETING }], version, `${key}-consent`);
    }
    await api.choosePushes(wanted, key);
    await Promise.all([pushes.reload(), onConsent()]);
    toast(wanted.is_on ? t.pushes.nowOn : t.pushes.nowOff);
  });
  const choice = pushes.data?.choice ?? OFF;
  const isOn = choice.is_on && hasConsent;
  const items = pushes.data?.items ?? [];
  return (
    <section class="card rows" aria-labelledby="pushes">
      <div class="rows-head">
        <h2 id="pushes">{t.pushes.title}</h2>
        <Badge kind={isOn ? "ok" : "muted"}>{isOn ? t.pushes.on : t.pushes.off}</Badge>
      </div>
      <p class="hint">{t.pushes.note}</p>
      <div class="rows-item">
        <Check checked={choice.is_plain} onChange={(is_plain) => void choose.run({ is_plain })}>
          {t.pushes.plain}
        </Check>
        <Check checked={choice.is_student} onChange={(is_student) => void choose.run({ is_student })}>
          {t.pushes.student}
        </Check>
      </div>
      {items.map((one) => (
        <div key={`${one.at}${one.template}`} class="rows-item push">
          <p class="row">
            <b>{t.pushes.templates[one.template] ?? one.template}</b>
            <StopButton isOn={isOn} busy={choose.busy} stop={() => void choose.run({ is_on: false })} />
          </p>
          <p class="hint">
            {moment(one.at)} · {one.is_plain ? t.pushes.plainSent : t.pushes.because(one.reason)} ·{" "}
            {t.pushes.consent(one.consent_version)}
          </p>
        </div>
      ))}
      <div class="rows-item">
        {isOn ? (
          <Button kind="secondary" busy={choose.busy && t.pushes.working} onClick={() => void choose.run({ is_on: false })}>
            {t.pushes.stopAll}
          </Button>
        ) : (
          <Button kind="secondary" busy={choose.busy && t.pushes.working} onClick={() => void choose.run({ is_on: true })}>
            {t.pushes.begin}
          </Button>
        )}
      </div>
      <ProblemNote problem={choose.problem ?? pushes.problem} />
    </section>
  );
}

/** One tap beside an offer that was sent; once off there is nothing left to stop. */
function StopButton({ isOn, busy, stop }: { isOn: boolean; busy: boolean; stop(): void }) {
  if (!isOn) return null;
  return (
    <button type="button" class="link" aria-disabled={busy || undefined} onClick={stop}>
      {t.pushes.stop}
    </button>
  );
}
