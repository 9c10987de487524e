/** Who sees what, taken back with one tap; language, type and theme. */
import { useState } from "preact/hooks";
import { moment } from "../../shared/format.ts";
import { currentLang, type Lang, pick } from "../../shared/lang.ts";
import type { ConsentEntry } from "../../shared/types.ts";
import * as api from "../api.ts";
import { display, setDisplay } from "../display.ts";
import { dropDraft } from "../draft.ts";
import { go } from "../router.ts";
import { askToSignIn, isSignedIn, signedOut } from "../session.ts";
import { speak, t } from "../text/index.ts";
import { Choice } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { Badge, Button, Skeleton } from "../ui/parts.tsx";
import { Empty, ProblemNote, toast } from "../ui/say.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useAction, useLoaded } from "../use.ts";
import { Data } from "./held.tsx";
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
  const ledger = useLoaded(api.ledger, []);
  const again = () => Promise.all([me.reload(), ledger.reload()]).then(() => undefined);
  const [asked, setAsked] = useState<ConsentEntry>();
  const leave = useAction(async () => {
    await api.signOut();
    signedOut();
    dropDraft();
    go("/");
  });
  const entries = ledger.data?.items.filter((one) => one.is_latest) ?? [];
  return (
    <>
      <p class="sub">{t.me.sub}</p>
      <ProblemNote problem={me.problem ?? ledger.problem} retry={() => void again()} />
      {!me.data && !me.problem && <Skeleton lines={4} tall />}
      {me.data && (
        <>
          <p class="card row">
            <b>{[me.data.name_masked, me.data.phone_masked].filter(Boolean).join(" · ")}</b>
            <Badge kind={me.data.is_identified ? "ok" : "wait"}>
              {me.data.is_identified ? t.me.identified : t.me.notIdentified}
            </Badge>
          </p>
          {ledger.data && entries.length === 0 && <p class="hint">{t.me.noConsents}</p>}
          {entries.length > 0 && (
            <ul class="card rows">
              {entries.map((one) => (
                <ConsentRow key={one.id} entry={one} onTurn={() => setAsked(one)} />
              ))}
            </ul>
          )}
        </>
      )}
      {asked && (
        <Turn entry={asked} version={ledger.data?.version ?? ""} onClose={() => setAsked(undefined)} onDone={again} />
      )}
      {me.data && <Data />}
      <Button kind="secondary" busy={leave.busy && t.me.signOut} onClick={() => void leave.run()}>
        {t.me.signOut}
      </Button>
      {me.data && (
        <PushCard hasConsent={me.data.consents.some((one) => one.scope === "marketing")} onConsent={again} />
      )}
    </>
  );
}

/** One switch both ways: off asks once more and names the effect, on shows the text first. */
function ConsentRow({ entry, onTurn }: { entry: ConsentEntry; onTurn(): void }) {
  const name = pick(entry, "name");
  const ended = entry.withdrawn_at;
  return (
    <li class="rows-item row">
      <span>
        <b>{name}</b>
        <br />
        <span class="hint">{ended ? t.me.until(moment(ended)) : t.me.since(moment(entry.granted_at))}</span>
      </span>
      <button type="button" class="switch" role="switch" aria-checked={!ended} aria-label={name} onClick={onTurn} />
    </li>
  );
}

interface TurnProps {
  entry: ConsentEntry;
  version: string;
  onClose(): void;
  onDone(): Promise<void>;
}

function Turn({ entry, version, onClose, onDone }: TurnProps) {
  const name = pick(entry, "name");
  const isOn = !entry.withdrawn_at;
  const turn = useAction(async (key) => {
    const { id, scope, recipient } = entry;
    if (isOn) await api.withdraw(id, key);
    else await api.grant([{ scope, ...(recipient ? { recipient } : {}) }], version, key);
    await onDone();
    toast(isOn ? t.me.withdrawn : t.me.agreed);
    onClose();
  });
  return (
    <Sheet
      title={isOn ? t.me.withdrawAsk(name) : name}
      onClose={onClose}
      footer={
        <Button
          kind={isOn ? "danger" : "primary"}
          busy={turn.busy && t.me.withdrawing}
          onClick={() => void turn.run()}
        >
          {isOn ? t.me.withdraw : t.me.agree}
        </Button>
      }
    >
      {isOn && <p>{t.me.withdrawNote}</p>}
      <p class="terms">{isOn ? entry.text : pick(entry, "now")}</p>
      <ProblemNote problem={turn.problem} />
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
