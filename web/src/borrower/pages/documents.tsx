/** Documents a person wants to see: a field each, sealed on the server, read by one clerk. */
import { useState } from "preact/hooks";
import { dateInWords } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import type { Documents as Asked } from "../../shared/types.ts";
import * as api from "../api.ts";
import { prepared } from "../picture.ts";
import { t } from "../text/index.ts";
import { Badge } from "../ui/parts.tsx";
import { Live, Note, ProblemNote, toast } from "../ui/say.tsx";
import { useAction, useId, useLoaded } from "../use.ts";


export function Documents({ id }: { id: string }) {
  const asked = useLoaded(() => api.documents(id), [id]);
  if (!asked.data) return <ProblemNote problem={asked.problem} retry={() => void asked.reload()} />;
  const { wanted, answer_by, is_complete } = asked.data;
  return (
    <section aria-labelledby="documents">
      <h2 id="documents">{t.documents.title}</h2>
      <p>{is_complete || !answer_by ? t.documents.complete : t.documents.by(dateInWords(answer_by))}</p>
      <ul class="card documents">
        {wanted.map((one) => (
          <Wanted key={one.kind} id={id} asked={asked.data as Asked} one={one} onKept={asked.reload} />
        ))}
      </ul>
      <p class="hint">{t.documents.hint(Math.floor(asked.data.bytes_max / (1024 * 1024)))}</p>
    </section>
  );
}

interface WantedProps {
  id: string;
  asked: Asked;
  one: Asked["wanted"][number];
  onKept(): Promise<void>;
}

function Wanted({ id, asked, one, onKept }: WantedProps) {
  const field = useId();
  const [wrong, setWrong] = useState("");
  // A file has no text of its own to tell two intents apart: its name, size and time do.
  const send = useAction(async (key, _mark: string, file: File) => {
    await api.upload(id, one.kind, await prepared(file), key);
    await onKept();
    toast(t.documents.kept);
  });
  const choose = (input: HTMLInputElement) => {
    const file = input.files?.[0];
    if (!file) return;
    const isPicture = file.type.startsWith("image/");
    const isKnown = isPicture || asked.media_types.includes(file.type);
    const isWithin = isPicture || file.size <= asked.bytes_max;
    setWrong(!isKnown ? t.documents.wrongType : !isWithin ? t.problems["too_large"]! : "");
    if (!isKnown || !isWithin) return;
    void send.run(`${file.name}:${file.size}:${file.lastModified}`, file).then(() => (input.value = ""));
  };
  return (
    <li>
      <div class={wrong ? "field bad" : "field"}>
        <div class="label-row">
          <label for={field}>{pick(one, "text")}</label>
          <Badge kind={one.is_in ? "ok" : "wait"}>{one.is_in ? t.documents.isIn : t.documents.missing}</Badge>
        </div>
        <div class="input">
          <input
            id={field}
            type="file"
            accept={asked.media_types.join(",")}
            aria-describedby={wrong ? `${field}h` : undefined}
            aria-invalid={wrong ? "true" : undefined}
            disabled={send.busy}
            onChange={(event) => choose(event.currentTarget)}
          />
        </div>
        {wrong && (
          <p id={`${field}h`} class="error" role="alert">
            {wrong}
          </p>
        )}
      </div>
      <Live>{send.busy ? t.documents.sending : ""}</Live>
      {send.busy && <Note icon="clock">{t.documents.sending}</Note>}
      <ProblemNote problem={send.problem} />
    </li>
  );
}
