/** Step 3: one yes for one recipient, in plain words, nothing ticked beforehand. */
import { useState } from "preact/hooks";
import type { ConsentTexts, Lender, OutsideSource } from "../../shared/types.ts";
import * as api from "../api.ts";
import { go } from "../router.ts";
import { kindName, lenderName, t } from "../text/index.ts";
import { Check } from "../ui/field.tsx";
import { Heading } from "../ui/page.tsx";
import { Button, Skeleton } from "../ui/parts.tsx";
import { Note, ProblemNote } from "../ui/say.tsx";
import { useAction, useLoaded } from "../use.ts";
import type { StepProps } from "./apply.tsx";
import { askedOf, OutsideConsents } from "./outside.tsx";

const AUTO = "automated_decision";
const SHARE = "share_lender";
/** What a lender that decides by itself needs: it hears of a person through a credit bureau only. */
const BUREAU = "bureau_query";

export function Consents(props: StepProps) {
  const texts = useLoaded(api.consentTexts, [document.documentElement.lang]);
  const lenders = useLoaded(api.lenders, []);
  const sources = useLoaded(api.outsideSources, []);
  if (texts.data && lenders.data && sources.data) {
    return <Form {...props} texts={texts.data} lenders={lenders.data} sources={askedOf(sources.data)} />;
  }
  const problem = texts.problem ?? lenders.problem ?? sources.problem;
  const again = () => {
    void texts.reload();
    void lenders.reload();
    void sources.reload();
  };
  return <>{props.frame(null, problem ? <ProblemNote problem={problem} retry={again} /> : <Skeleton lines={6} tall />)}</>;
}

interface FormProps extends StepProps {
  texts: ConsentTexts;
  lenders: Lender[];
  sources: OutsideSource[];
}

function Form({ me, frame, texts, lenders, sources, reload }: FormProps) {
  const isLive = (scope: string, recipient: string | null = null) =>
    me.consents.some((consent) => consent.scope === scope && (consent.recipient ?? null) === recipient);
  const [isAuto, setAuto] = useState(isLive(AUTO));
  const [picked, setPicked] = useState<ReadonlySet<string>>(
    new Set(lenders.filter((one) => isLive(SHARE, one.id)).map((one) => one.id)),
  );
  const [isBureau, setBureau] = useState(isLive(BUREAU));
  const asking = lenders.filter((one) => one.asks_bureau && picked.has(one.id));
  const [checks, setChecks] = useState<ReadonlySet<string>>(
    new Set(sources.filter((one) => isLive(one.scope)).map((one) => one.scope)),
  );
  const [isAsked, setAsked] = useState(false);
  const [open, setOpen] = useState("");

  const save = useAction(async (key, grants: { scope: string; recipient?: string }[], version: string) => {
    if (grants.length > 0) await api.grant(grants, version, key);
    await reload();
    go("/apply/confirm");
  });
  const withdrawn = lenders.filter((one) => isLive(SHARE, one.id) && !picked.has(one.id));
  const submit = async () => {
    setAsked(true);
    if (!isAuto || picked.size === 0) return;
    const grants: { scope: string; recipient?: string }[] = isLive(AUTO) ? [] : [{ scope: AUTO }];
    for (const id of picked) if (!isLive(SHARE, id)) grants.push({ scope: SHARE, recipient: id });
    const asked = isBureau && asking.length > 0;
    if (asked && !isLive(BUREAU)) grants.push({ scope: BUREAU });
    const given = me.consents.find((consent) => consent.scope === BUREAU);
    if (given && !asked) await api.withdraw(given.id, `back-${given.id}`);
    for (const { scope } of sources) {
      const live = me.consents.find((consent) => consent.scope === scope);
      if (checks.has(scope) && !live) grants.push({ scope });
      if (!checks.has(scope) && live) await api.withdraw(live.id, `back-${live.id}`);
    }
    // A tick taken away is a consent taken back.
    for (const one of withdrawn) {
      const live = me.consents.find((consent) => consent.recipient === one.id);
      if (live) await api.withdraw(live.id, `back-${live.id}`);
    }
    await save.run(grants, texts.version);
  };
  const toggle = (id: string, isOn: boolean) => {
    const next = new Set(picked);
    if (isOn) next.add(id);
    else next.delete(id);
    setPicked(next);
  };
  const text = (scope: string, name = "") =>
    (texts.items.find((one) => one.scope === scope)?.text ?? "").replaceAll("{recipient}", name);
  const termsLink = (id: string) => (
    <button
      type="button"
      class="link small"
      aria-expanded={open === id}
      aria-controls={open === id ? `terms-${id}` : undefined}
      onClick={() => setOpen(open === id ? "" : id)}
    >
      {open === id ? t.consents.hide : t.consents.terms}
    </button>
  );
  const all = picked.size === lenders.length;
  return (
    <>
      {frame(
        <Button busy={save.busy && t.consents.saving} onClick={() => void submit()}>
          {t.consents.action(picked.size)}
        </Button>,
        <>
          <Heading sub={t.consents.sub}>{t.consents.heading}</Heading>
          <dl class="card shared">
            <dt>{t.consents.given}</dt>
            <dd>{t.consents.givenList}</dd>
            <dt>{t.consents.kept}</dt>
            <dd>{t.consents.keptList}</dd>
          </dl>
          <section class="card rows" aria-labelledby="lenders">
            <div class="rows-head">
              <h2 id="lenders">{t.consents.picked(picked.size)}</h2>
              <button
                type="button"
                class="link"
                onClick={() => setPicked(new Set(all ? [] : lenders.map((one) => one.id)))}
              >
                {all ? t.consents.none : t.consents.all}
              </button>
            </div>
            {lenders.map((one) => (
              <div key={one.id} class="rows-item">
                <Check
                  checked={picked.has(one.id)}
                  onChange={(isOn) => toggle(one.id, isOn)}
                  note={kindName(one)}
                  aside={termsLink(one.id)}
                >
                  {lenderName(one)}
                </Check>
                {open === one.id && (
                  <p id={`terms-${one.id}`} class="terms">
                    {text(SHARE, lenderName(one))}
                  </p>
                )}
              </div>
            ))}
          </section>
          {isAsked && picked.size === 0 && (
            <p class="error" role="alert">
              {t.consents.pickOne}
            </p>
          )}
          <section class="card rows" aria-labelledby="platform">
            <div class="rows-head">
              <h2 id="platform">{t.consents.platform}</h2>
            </div>
            <div class="rows-item">
              <Check
                checked={isAuto}
                onChange={setAuto}
                note={t.consents.needed}
                error={isAsked && !isAuto ? t.consents.pickAuto : undefined}
                aside={termsLink(AUTO)}
              >
                {t.consents.auto}
              </Check>
              {open === AUTO && (
                <p id={`terms-${AUTO}`} class="terms">
                  {text(AUTO)}
                </p>
              )}
            </div>
          </section>
          {asking.length > 0 ? (
            <section class="card rows" aria-labelledby="bureau">
              <div class="rows-head">
                <h2 id="bureau">{t.consents.bureauHead}</h2>
              </div>
              <div class="rows-item">
                <Check
                  checked={isBureau}
                  onChange={setBureau}
                  note={t.consents.bureauFor(asking.map(lenderName).join(t.consents.and))}
                  aside={termsLink(BUREAU)}
                >
                  {t.consents.bureauAsk}
                </Check>
                {open === BUREAU && (
                  <p id={`terms-${BUREAU}`} class="terms">
                    {text(BUREAU)}
                  </p>
                )}
              </div>
            </section>
          ) : (
            <Note icon="info">{t.consents.bureau}</Note>
          )}
          <OutsideConsents
            sources={sources}
            picked={checks}
            onPick={(scope, isOn) => {
              const next = new Set(checks);
              if (isOn) next.add(scope);
              else next.delete(scope);
              setChecks(next);
            }}
            text={text}
            terms={termsLink}
            open={open}
          />
          <ProblemNote problem={save.problem} />
        </>,
      )}
    </>
  );
}
