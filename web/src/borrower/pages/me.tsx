/** Who sees what, taken back with one tap; language, type and theme. */
import { useState } from "preact/hooks";
import { moment } from "../../shared/format.ts";
import { currentLang, type Lang } from "../../shared/lang.ts";
import type { Consent, Lender } from "../../shared/types.ts";
import * as api from "../api.ts";
import { display, setDisplay } from "../display.ts";
import { dropDraft } from "../draft.ts";
import { go } from "../router.ts";
import { askToSignIn, isSignedIn, signedOut } from "../session.ts";
import { lenderName, speak, t } from "../text/index.ts";
import { Choice } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { Badge, Button, Skeleton } from "../ui/parts.tsx";
import { Empty, ProblemNote, toast } from "../ui/say.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useAction, useLoaded } from "../use.ts";
import { PushCard } from "./pushes.tsx";

export function MePage() {
  return (
    <Page title={t.me.title} tab="me" heading={t.me.heading}>
      {isSignedIn() ? <Mine /> : <Guest />}
      <Display />
    </Page>
  );
}

function Guest() {
  return (
    <>
      <Empty title={t.me.guest} note={t.me.guestNote}>
        <Button onClick={() => askToSignIn("/me")}>{t.me.signIn}</Button>
      </Empty>
    </>
  );
}

function Mine() {
  const me = useLoaded(api.me, []);
  const lenders = useLoaded(api.lenders, []);
  const [asked, setAsked] = useState<Consent>();
  const leave = useAction(async () => {
    await api.signOut();
    signedOut();
    dropDraft();
    go("/");
  });
  return (
    <>
      <p class="sub">{t.me.sub}</p>
      <ProblemNote problem={me.problem} retry={() => void me.reload()} />
      {!me.data && !me.problem && <Skeleton lines={4} tall />}
      {me.data && (
        <>
          <p class="card row">
            <b>{[me.data.name_masked, me.data.phone_masked].filter(Boolean).join(" · ")}</b>
            <Badge kind={me.data.is_identified ? "ok" : "wait"}>
              {me.data.is_identified ? t.me.identified : t.me.notIdentified}
            </Badge>
          </p>
          {me.data.consents.length === 0 ? (
            <p class="hint">{t.me.noConsents}</p>
          ) : (
            <ul class="card rows">
              {me.data.consents.map((one) => (
                <ConsentRow key={one.id} consent={one} lenders={lenders.data ?? []} onBack={() => setAsked(one)} />
              ))}
            </ul>
          )}
        </>
      )}
      {asked && (
        <Withdraw
          consent={asked}
          name={recipient(asked, lenders.data ?? [])}
          onClose={() => setAsked(undefined)}
          onDone={me.reload}
        />
      )}
      <Button kind="secondary" busy={leave.busy && t.me.signOut} onClick={() => void leave.run()}>
        {t.me.signOut}
      </Button>
      {me.data && (
        <PushCard hasConsent={me.data.consents.some((one) => one.scope === "marketing")} onConsent={me.reload} />
      )}
    </>
  );
}

function recipient(consent: Consent, lenders: Lender[]): string {
  const lender = lenders.find((one) => one.id === consent.recipient);
  return lender ? lenderName(lender) : (t.me.scopes[consent.scope] ?? consent.scope);
}

interface RowProps {
  consent: Consent;
  lenders: Lender[];
  onBack(): void;
}

function ConsentRow({ consent, lenders, onBack }: RowProps) {
  const name = recipient(consent, lenders);
  const purpose = consent.recipient ? (t.me.scopes[consent.scope] ?? "") : t.me.platform;
  return (
    <li class="rows-item">
      <div class="row">
        <b>{name}</b>
        <Badge kind="ok">{t.me.inUse}</Badge>
      </div>
      <div class="row">
        <span class="hint">
          {purpose} · {t.me.since(moment(consent.granted_at))}
        </span>
        <button type="button" class="link" aria-label={`${t.me.withdraw}: ${name}`} onClick={onBack}>
          {t.me.withdraw}
        </button>
      </div>
    </li>
  );
}

interface WithdrawProps {
  consent: Consent;
  name: string;
  onClose(): void;
  onDone(): Promise<void>;
}

function Withdraw({ consent, name, onClose, onDone }: WithdrawProps) {
  const back = useAction(async (key) => {
    await api.withdraw(consent.id, key);
    await onDone();
    toast(t.me.withdrawn);
    onClose();
  });
  return (
    <Sheet
      title={t.me.withdrawAsk(name)}
      onClose={onClose}
      footer={
        <Button kind="danger" busy={back.busy && t.me.withdrawing} onClick={() => void back.run()}>
          {t.me.withdraw}
        </Button>
      }
    >
      <p>{t.me.withdrawNote}</p>
      <ProblemNote problem={back.problem} />
    </Sheet>
  );
}

function Display() {
  return (
    <section class="card display-choices" aria-labelledby="display">
      <h2 id="display">{t.me.show}</h2>
      <Choice
        label={t.me.language}
        options={[
          ["zh", "中文"],
          ["en", "English"],
        ]}
        value={currentLang()}
        onChange={(lang) => void speak(lang as Lang)}
      />
      <Choice
        label={t.me.type}
        options={[
          ["normal", t.normalType],
          ["large", t.largeType],
        ]}
        value={display("type") || "normal"}
        onChange={(type) => setDisplay("type", type === "large" ? type : "")}
      />
      <Choice
        label={t.me.theme}
        options={Object.entries(t.me.themes)}
        value={display("theme") || "auto"}
        onChange={(theme) => setDisplay("theme", theme === "auto" ? "" : theme)}
      />
    </section>
  );
}
