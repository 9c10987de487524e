/** What is held of the reader and by which law: who looked at it, had as a file, put right, erased. */
import { useState } from "preact/hooks";
import { moment } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import type { Held } from "../../shared/types.ts";
import * as api from "../api.ts";
import { save } from "../open.ts";
import { go } from "../router.ts";
import { signedOut } from "../session.ts";
import { t } from "../text/index.ts";
import { TextField } from "../ui/field.tsx";
import { Button } from "../ui/parts.tsx";
import { ProblemNote, toast } from "../ui/say.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useAction, useLoaded } from "../use.ts";

const LOOKS = 3;

export function Data() {
  const data = useLoaded(api.held, []);
  const looks = useLoaded(api.looks, []);
  const [open, setOpen] = useState("");
  const close = () => setOpen("");
  const load = useAction(async (key) => save(new Blob([await api.exported(key)]), "tongtu.zip"));
  const seen = looks.data ?? [];
  return (
    <>
      <h2>{t.held.looks}</h2>
      {looks.data && !seen[0] && <p class="hint">{t.held.nobody}</p>}
      {seen.slice(0, LOOKS).map((one) => (
        <p key={one.at} class="row">
          <span>{t.held.roles[one.role] ?? t.held.staff}</span>
          <span class="hint">{moment(one.at)}</span>
        </p>
      ))}
      <details class="card">
        <summary>{t.held.what}</summary>
        <Lines held={data.data?.held ?? []} />
      </details>
      <ProblemNote problem={data.problem ?? load.problem} />
      <Button kind="secondary" busy={load.busy && t.held.export} onClick={() => void load.run()}>
        {t.held.export}
      </Button>
      <Button kind="secondary" onClick={() => setOpen("correct")}>
        {t.held.correct}
      </Button>
      <Button kind="danger" onClick={() => setOpen("erase")}>
        {t.held.erase}
      </Button>
      {open === "correct" && <Correct onClose={close} />}
      {open === "erase" && data.data && <Erase held={data.data.held} onClose={close} onDone={data.reload} />}
    </>
  );
}

/** Each kind of record, and the law that keeps it or nothing. */
function Lines({ held }: { held: Held[] }) {
  return (
    <ul tabIndex={0}>
      {held.map((one) => (
        <li key={one.what}>
          {pick(one, "text")} · {one.rows}
          <p class="hint">{pick(one, "fate")}</p>
        </li>
      ))}
    </ul>
  );
}

function Correct({ onClose }: { onClose(): void }) {
  const [name, setName] = useState("");
  const [why, setWhy] = useState("");
  const ask = useAction(async (key) => {
    const { answer_by } = await api.correct(name, why, key);
    toast(t.held.asked(answer_by));
    onClose();
  });
  return (
    <Sheet
      title={t.held.correct}
      onClose={onClose}
      footer={
        <Button busy={ask.busy && t.held.send} onClick={() => void ask.run()}>
          {t.held.send}
        </Button>
      }
    >
      <TextField label={t.held.name} value={name} onInput={setName} />
      <TextField label={t.held.why} value={why} onInput={setWhy} max={200} />
      <ProblemNote problem={ask.problem} />
    </Sheet>
  );
}

interface EraseProps {
  held: Held[];
  onClose(): void;
  onDone(): Promise<void>;
}

/** Asks once more with everything that goes and stays; what was done is the receipt, shown here. */
function Erase({ held, onClose, onDone }: EraseProps) {
  const [items, setItems] = useState<Held[]>();
  const erase = useAction(async (key) => setItems((await api.erase(key)).items));
  const account = items?.some((one) => one.what === "identity.party" && !one.is_kept);
  const done = () => {
    onClose();
    if (!account) return void onDone();
    signedOut();
    go("/");
  };
  return (
    <Sheet
      title={items ? t.held.erased : t.held.eraseAsk}
      onClose={items ? done : onClose}
      footer={
        !items && (
          <Button kind="danger" busy={erase.busy && t.held.erase} onClick={() => void erase.run()}>
            {t.held.erase}
          </Button>
        )
      }
    >
      <p>{items ? t.held.receipt : t.held.eraseNote}</p>
      <Lines held={items ?? held} />
      <ProblemNote problem={erase.problem} />
    </Sheet>
  );
}
