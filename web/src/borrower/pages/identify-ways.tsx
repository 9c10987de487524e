/** The ways themselves: both sides of a card, a face by challenge, a bank card, a passkey, a branch. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Challenge, ResumeCode, Verification } from "../../shared/types.ts";
import * as api from "../api.ts";
import { addPasskey, hasPasskeys } from "../passkey.ts";
import { frameOf, prepared } from "../picture.ts";
import { go } from "../router.ts";
import { Check, Fold, TextField } from "../ui/field.tsx";
import { Button } from "../ui/parts.tsx";
import { Live, Note, ProblemNote } from "../ui/say.tsx";
import { useAction, useLoaded } from "../use.ts";
import { w } from "./identify-words.ts";

export interface WayProps {
  found: Verification;
  onFound(found: Verification): void;
}

const SIDES = ["id_front", "id_back"] as const;
const FACE = "face";

export function CardWay({ found, onFound }: WayProps) {
  const [side, setSide] = useState(0);
  const [picture, setPicture] = useState<{ blob: Blob; url: string }>();
  const name = SIDES[side];
  const send = useAction(async (key, which: (typeof SIDES)[number]) => {
    if (!picture) return;
    onFound(await api.showCard(found.verification, which, picture.blob, `${key}-${which}`));
    drop();
    setSide(side + 1);
  });
  const drop = () => {
    if (picture) URL.revokeObjectURL(picture.url);
    setPicture(undefined);
  };
  const choose = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    if (!file) return;
    const blob = await prepared(file);
    setPicture({ blob, url: URL.createObjectURL(blob) });
    input.value = "";
  };
  if (!name) {
    return (
      <>
        <Note icon="check" kind="good">
          {w().cardSeen}
        </Note>
        <Button onClick={() => go("/identify", true)}>{w().finish}</Button>
      </>
    );
  }
  const label = side === 0 ? w().front : w().back;
  return (
    <section class="card part" aria-label={label}>
      <b>{`${side + 1} / 2 ${label}`}</b>
      <p class="hint">{w().frame}</p>
      {picture ? (
        <>
          <img class="preview" src={picture.url} alt={label} />
          <Button busy={send.busy && w().sending} onClick={() => void send.run(name)}>
            {w().use}
          </Button>
          <Button kind="text" onClick={drop}>
            {w().retake}
          </Button>
        </>
      ) : (
        <label class="file-button">
          {w().choose}
          <input
            type="file"
            accept="image/jpeg,image/png"
            capture="environment"
            onChange={(event) => void choose(event.currentTarget)}
          />
        </label>
      )}
      <Live>{send.busy ? w().sending : ""}</Live>
      <ProblemNote problem={send.problem} retry={() => void send.run(name)} />
    </section>
  );
}

export function FaceWay({ found, onFound }: WayProps) {
  const me = useLoaded(api.me, []);
  const texts = useLoaded(api.consentTexts, [document.documentElement.lang]);
  const text = texts.data?.items.find((one) => one.scope === FACE);
  const [isAgreed, setAgreed] = useState(false);
  const [isMissed, setMissed] = useState(false);
  const [isOn, setOn] = useState(false);
  const has = me.data?.consents.some((one) => one.scope === FACE);
  const agree = useAction(async (key) => {
    if (!has) await api.grant([{ scope: FACE }], texts.data?.version ?? "", key);
    setOn(true);
  });
  if (!isSecureContext) return <Note icon="info">{w().insecure}</Note>;
  if (isOn) return <Camera found={found} onFound={onFound} />;
  return (
    <>
      {!has && (
        <div class="card tight">
          <Check checked={isAgreed} onChange={setAgreed} error={isMissed && !isAgreed ? w().faceConsentNeeded : undefined}>
            {w().faceConsent}
          </Check>
          {text && (
            <Fold closed={w().terms} open={w().hide}>
              <p class="terms">{text.text}</p>
            </Fold>
          )}
        </div>
      )}
      <p class="hint">{w().faceNote}</p>
      <ProblemNote problem={agree.problem ?? texts.problem} />
      <Button
        busy={agree.busy && w().working}
        onClick={() => {
          setMissed(true);
          if (has || isAgreed) void agree.run();
        }}
      >
        {w().camera}
      </Button>
    </>
  );
}

function Camera({ found, onFound }: WayProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [isBlind, setBlind] = useState(false);
  const [asked, setAsked] = useState<Challenge>();
  const [frames, setFrames] = useState<string[]>([]);
  const [isSent, setSent] = useState(false);
  const begin = useAction(async (key) => {
    setFrames([]);
    setAsked(await api.challenge(found.verification, key));
  });
  const send = useAction(async (key, given: string[]) => {
    onFound(await api.showFace(found.verification, asked?.challenge ?? "", given, key));
    setSent(true);
  });
  useEffect(() => {
    let stream: MediaStream | undefined;
    navigator.mediaDevices?.getUserMedia({ video: { facingMode: "user" }, audio: false }).then(
      (opened) => {
        stream = opened;
        if (video.current) video.current.srcObject = opened;
        void begin.run();
      },
      () => setBlind(true),
    );
    if (!navigator.mediaDevices) setBlind(true);
    return () => stream?.getTracks().forEach((track) => track.stop());
  }, []);
  const shoot = () => {
    if (!video.current || !asked) return;
    const taken = [...frames, frameOf(video.current)];
    setFrames(taken);
    if (taken.length === asked.actions.length) void send.run(taken);
  };
  const at = Math.min(frames.length, (asked?.actions.length ?? 1) - 1);
  if (isBlind) return <Note icon="info">{w().noCamera}</Note>;
  if (isSent) {
    return (
      <>
        <Note icon="check" kind="good">
          {w().faceSent}
        </Note>
        <Button onClick={() => go("/identify", true)}>{w().other}</Button>
      </>
    );
  }
  return (
    <section class="card part" aria-label={w().names.face}>
      <video ref={video} class="preview mirror" autoPlay playsInline muted aria-label={w().names.face} />
      {asked && (
        <>
          <p class="say" aria-live="polite">
            {w().actions[asked.actions[at] ?? ""] ?? asked.actions[at]}
          </p>
          <Button busy={send.busy && w().sending} onClick={shoot}>
            {w().shoot(at + 1, asked.actions.length)}
          </Button>
        </>
      )}
      <ProblemNote problem={begin.problem ?? send.problem} retry={() => void begin.run()} />
    </section>
  );
}

export function BankWay({ found, onFound }: WayProps) {
  const [number, setNumber] = useState("");
  const [error, setError] = useState<string>();
  const plain = number.normalize("NFKC").replace(/\s/g, "");
  const check = useAction(async (key, card: string) => {
    onFound(await api.registerCheck(found.verification, card, key));
    go("/identify", true);
  });
  const submit = () => {
    const isGood = /^\d{12,19}$/.test(plain);
    setError(isGood ? undefined : w().cardNumberBad);
    if (isGood) void check.run(plain);
  };
  return (
    <>
      <TextField label={w().cardNumber} hint={w().notes.bank} error={error} value={number} onInput={setNumber} keys="numeric" max={24} />
      <ProblemNote problem={check.problem} />
      <Button busy={check.busy && w().working} onClick={submit}>
        {w().check}
      </Button>
    </>
  );
}

export function PasskeyWay() {
  const [state, setState] = useState<"" | "busy" | "done" | "off">("");
  const add = useAction(async (key) => {
    setState("busy");
    await addPasskey(w().passkeyLabel, key).then(
      () => setState("done"),
      (fault: unknown) => {
        setState("off");
        // A person who says no on the device is no fault of the platform's.
        if (!(fault instanceof DOMException)) throw fault;
      },
    );
  });
  if (!hasPasskeys()) return <Note icon="info">{isSecureContext ? w().noPasskey : w().insecure}</Note>;
  if (state === "done") {
    return (
      <Note icon="check" kind="good">
        {w().passkeyDone}
      </Note>
    );
  }
  return (
    <>
      {state === "off" && <Note icon="info">{w().passkeyOff}</Note>}
      <ProblemNote problem={add.problem} />
      <Button busy={state === "busy" && w().working} onClick={() => void add.run()}>
        {w().passkeyAdd}
      </Button>
    </>
  );
}

export function BranchWay({ found }: WayProps) {
  const [code, setCode] = useState<ResumeCode>();
  const make = useAction(async (key) => setCode(await api.resumeCode(found.verification, "branch", key)));
  return (
    <section class="card part" aria-label={w().names.branch}>
      {code && (
        <>
          <img class="qr" src={`data:image/svg+xml,${encodeURIComponent(code.qr_svg)}`} alt={code.code} />
          <output class="resume-code">{code.code}</output>
        </>
      )}
      <p class="hint">{w().codeNote}</p>
      <ProblemNote problem={make.problem} />
      <Button kind={code ? "secondary" : "primary"} busy={make.busy && w().working} onClick={() => void make.run()}>
        {code ? w().codeNew : w().code}
      </Button>
    </section>
  );
}
