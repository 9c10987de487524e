/** Show who one is: one way a screen, another way always there, nothing sent before "use this one". */
import { useState } from "preact/hooks";
import type { Verification } from "../../shared/types.ts";
import * as api from "../api.ts";
import { go } from "../router.ts";
import { Check } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Heading, Page } from "../ui/page.tsx";
import { Badge, Button, type Status } from "../ui/parts.tsx";
import { Live, Note, ProblemNote } from "../ui/say.tsx";
import { useAction, useEvery } from "../use.ts";
import { BankWay, BranchWay, CardWay, FaceWay, PasskeyWay, type WayProps } from "./identify-ways.tsx";
import { w, type WayName } from "./identify-words.ts";

const LOOK_MS = 1_000;
const KIND: Record<string, Status> = { open: "info", review: "person", passed: "ok", refused: "bad", expired: "muted" };
/** Which of the platform's ways a screen goes; a passkey is the device's own and always offered. */
const GOES: Record<WayName, string[]> = {
  card: ["document", "card_back"],
  face: ["face"],
  bank: ["bank_card"],
  passkey: [],
  branch: ["branch"],
};
const SCREENS: Record<WayName, (props: WayProps) => preact.JSX.Element> = {
  card: CardWay,
  face: FaceWay,
  bank: BankWay,
  passkey: PasskeyWay,
  branch: BranchWay,
};

export function Identify({ way }: { way: string | undefined }) {
  const [found, setFound] = useState<Verification>();
  const isAway = found?.channel === "branch" && found.state === "open";
  // The case goes on at a branch, or a person looks: what happens there is seen here within a second.
  useEvery(LOOK_MS, isAway || way === "branch" || found?.state === "review", () => {
    if (found) void api.verification(found.verification).then(setFound, () => undefined);
  });
  const name = (Object.keys(SCREENS) as WayName[]).find((one) => one === way);
  const Screen = name && SCREENS[name];
  return (
    <Page title={w().title} backTo={name ? "/identify" : "/apply"}>
      {name === "passkey" ? (
        <>
          <Heading sub={w().notes[name]}>{w().names[name]}</Heading>
          <PasskeyWay />
          <a class="link" href="#/identify">
            {w().other}
          </a>
        </>
      ) : !found ? (
        <Begin onFound={setFound} />
      ) : isAway ? (
        <Elsewhere found={found} onFound={setFound} />
      ) : Screen && name ? (
        <>
          <Heading sub={w().notes[name]}>{w().names[name]}</Heading>
          <Screen found={found} onFound={setFound} />
          <a class="link" href="#/identify">
            {w().other}
          </a>
        </>
      ) : (
        <Ways found={found} onFound={setFound} />
      )}
    </Page>
  );
}

/** The law asks two things before anything is checked; a case that is open is found again. */
function Begin({ onFound }: { onFound(found: Verification): void }) {
  const [isStudent, setStudent] = useState(false);
  const [hasFunds, setFunds] = useState(false);
  const begin = useAction(async (key, student: boolean, funds: boolean) => {
    onFound(await api.beginVerification(student, funds, key));
  });
  return (
    <>
      <Heading sub={w().sub}>{w().heading}</Heading>
      <section class="card tight" aria-label={w().begin}>
        <Check checked={isStudent} onChange={setStudent}>
          {w().student}
        </Check>
        <Check checked={hasFunds} onChange={setFunds}>
          {w().funds}
        </Check>
      </section>
      <ProblemNote problem={begin.problem} />
      <Button busy={begin.busy && w().working} onClick={() => void begin.run(isStudent, hasFunds)}>
        {w().start}
      </Button>
    </>
  );
}

function Ways({ found, onFound }: WayProps) {
  const end = useAction(async (key) => onFound(await api.concludeVerification(found.verification, key)));
  const isOpen = found.state === "open";
  const names = (Object.keys(GOES) as WayName[]).filter(
    (name) => GOES[name].length === 0 || GOES[name].some((way) => found.ways.includes(way)),
  );
  return (
    <>
      <Heading sub={w().sub}>{w().heading}</Heading>
      <section class="card part">
        <p class="row">
          <b>{w().level(found.level)}</b>
          <Badge kind={KIND[found.state] ?? "muted"}>{w().states[found.state] ?? found.state}</Badge>
        </p>
        <p class="hint">{w().levels[found.level]}</p>
      </section>
      <Live>{w().states[found.state] ?? ""}</Live>
      {isOpen && (
        <ul class="card rows">
          {names.map((name) => (
            <li key={name}>
              <a class="row-button" href={`#/identify/${name}`}>
                <span class="grow">
                  <b>{w().names[name]}</b>
                  <span class="hint">{w().notes[name]}</span>
                </span>
                <Gone found={found} name={name} />
                <Icon name="right" size={16} />
              </a>
            </li>
          ))}
        </ul>
      )}
      <ProblemNote problem={end.problem} />
      {isOpen && found.done.length > 0 && (
        <Button busy={end.busy && w().working} onClick={() => void end.run()}>
          {w().finish}
        </Button>
      )}
      {!isOpen && <Button onClick={() => go("/apply")}>{w().back2}</Button>}
    </>
  );
}

function Gone({ found, name }: { found: Verification; name: WayName }) {
  const own = found.done.filter((one) => GOES[name].includes(one.way));
  if (own.length === 0) return null;
  const isDone = own.some((one) => one.is_done);
  return <Badge kind={isDone ? "ok" : "warn"}>{isDone ? w().done : w().again}</Badge>;
}

/** The device that lost the case says so, and can take it back. */
function Elsewhere({ found, onFound }: WayProps) {
  const take = useAction(async (key) => {
    const { code } = await api.resumeCode(found.verification, "phone", key);
    onFound(await api.resumeVerification(code, `${key}-back`));
  });
  return (
    <>
      <Heading sub={w().elsewhereNote}>{w().elsewhere}</Heading>
      <Note icon="clock">{w().states[found.state]}</Note>
      {found.done.length > 0 && (
        <p>
          <Badge kind="ok">{w().done}</Badge>
        </p>
      )}
      <ProblemNote problem={take.problem} />
      <Button kind="secondary" busy={take.busy && w().working} onClick={() => void take.run()}>
        {w().takeBack}
      </Button>
    </>
  );
}
