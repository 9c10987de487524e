/** Step 1: who the borrower is. Checked once, under a consent of its own; never kept in the draft. */
import { useState } from "preact/hooks";
import * as api from "../api.ts";
import { demo } from "../demo.ts";
import { go } from "../router.ts";
import { t } from "../text/index.ts";
import { Check, Fold, TextField } from "../ui/field.tsx";
import { Heading } from "../ui/page.tsx";
import { Button } from "../ui/parts.tsx";
import { ProblemNote } from "../ui/say.tsx";
import { useAction, useLoaded } from "../use.ts";
import type { StepProps } from "./apply.tsx";

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const SCOPE = "identity_check";

/** The check character of ISO 7064 MOD 11-2; the server checks the rest. */
export function isResidentId(text: string): boolean {
  if (!/^[1-9]\d{16}[\dX]$/.test(text)) return false;
  const total = WEIGHTS.reduce((sum, weight, n) => sum + weight * Number(text[n]), 0);
  return "10X98765432"[total % 11] === text[17];
}

type Errors = { name?: string; id?: string; consent?: string };

export function Identity({ me, frame }: StepProps) {
  if (me.is_identified) {
    const next = (
      <>
        <Button onClick={() => go("/apply/facts")}>{t.identity.nextDone}</Button>
        <Button kind="text" onClick={() => go("/identify")}>
          {t.identity.more}
        </Button>
      </>
    );
    return (
      <>
        {frame(
          next,
          <Heading sub={t.identity.doneNote}>{t.identity.done(me.name_masked ?? "")}</Heading>,
        )}
      </>
    );
  }
  return <Form me={me} frame={frame} />;
}

function Form({ me, frame }: Omit<StepProps, "reload">) {
  const [name, setName] = useState("");
  const [id, setId] = useState("");
  const [isAgreed, setAgreed] = useState(false);
  const [errors, setErrors] = useState<Errors>({});
  const texts = useLoaded(api.consentTexts, [document.documentElement.lang]);
  const own = texts.data?.items.find((text) => text.scope === SCOPE);
  const plainId = id.normalize("NFKC").replace(/\s/g, "").toUpperCase();

  const check = useAction(async (key, person: { name: string; id: string }) => {
    if (!me.consents.some((consent) => consent.scope === SCOPE)) {
      const { version } = await api.consentTexts();
      await api.grant([{ scope: SCOPE }], version, `${key}-consent`);
    }
    await api.identify(person.name, person.id, key);
    go("/apply/facts");
  });
  const faults = () => {
    const found: Errors = {};
    if (name.trim().length < 2) found.name = t.identity.nameBad;
    if (!isResidentId(plainId)) found.id = t.identity.idBad;
    if (!isAgreed) found.consent = t.identity.consentNeeded;
    return found;
  };
  const submit = () => {
    const found = faults();
    setErrors(found);
    if (Object.keys(found).length === 0) void check.run({ name: name.trim(), id: plainId });
  };
  // Checked on leaving a field that holds something, not while typing.
  const left = (field: "name" | "id", value: string) => {
    const { [field]: found } = faults();
    setErrors(({ [field]: _old, ...others }) => (value && found ? { ...others, [field]: found } : others));
  };
  const person = demo.person();
  return (
    <>
      {frame(
        <Button busy={check.busy && t.identity.checking} onClick={submit}>
          {t.identity.next}
        </Button>,
        <>
          <Heading sub={t.identity.sub}>{t.identity.heading}</Heading>
          {person && (
            <p class="demo line">
              <Button
                kind="secondary"
                onClick={() => {
                  setName(person.name);
                  setId(person.resident_id);
                  setErrors({});
                }}
              >
                {t.identity.demoFill}
              </Button>
            </p>
          )}
          <TextField
            label={t.identity.name}
            error={errors.name ?? (check.problem?.fields["name"] && t.identity.nameBad)}
            value={name}
            onInput={setName}
            onLeave={() => left("name", name)}
            fill="name"
            max={50}
          />
          <TextField
            label={t.identity.id}
            hint={t.identity.idHint}
            error={errors.id ?? (check.problem?.fields["resident_id"] && t.identity.idBad)}
            value={id}
            onInput={setId}
            onLeave={() => left("id", id)}
            max={24}
          />
          <div class="card tight">
            <Check
              checked={isAgreed}
              onChange={setAgreed}
              error={isAgreed ? undefined : errors.consent}
              note={t.consents.needed}
            >
              {t.identity.consent}
            </Check>
            {own && (
              <Fold closed={t.identity.terms} open={t.consents.hide}>
                <p class="terms">{own.text}</p>
              </Fold>
            )}
          </div>
          <ProblemNote problem={texts.problem} retry={() => void texts.reload()} />
          <ProblemNote problem={check.problem} />
        </>,
      )}
    </>
  );
}
