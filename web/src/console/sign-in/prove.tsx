/** Shows anew who one is: what a second person's word and other grave deeds want. */
import { Alert, Button, Input } from "antd";
import { useState, type FormEvent } from "react";
import type { Http } from "../../shared/http.ts";
import { asProblem, type Problem } from "../../shared/problem.ts";
import { askPasskey, hasPasskeys } from "../passkey.ts";
import { text } from "../text.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { sayProblem } from "../ui/parts.tsx";

interface ProveProps {
  http: Http;
  onDone(): void;
  onClose(): void;
}

export function Prove({ http, onDone, onClose }: ProveProps) {
  const t = text();
  const [code, setCode] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const show = async (ask: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await ask();
      onDone();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void show(() => http.json("/v1/step-up/app-code", { method: "POST", body: { code } }));
  };
  return (
    <Dialog title={t.prove} onClose={onClose}>
      <p>{t.proveSub}</p>
      {problem && <Alert type="error" showIcon title={sayProblem(problem)} role="alert" />}
      <form onSubmit={submit}>
        <Field label={t.appCode} hint={t.appCodeHint}>
          {(own) => <Input {...own} value={code} maxLength={6} inputMode="numeric" autoComplete="one-time-code" onChange={(event) => setCode(event.target.value)} />}
        </Field>
        <div className="actions">
          {hasPasskeys() && (
            <Button onClick={() => void show(() => askPasskey(http, "/v1/step-up/passkey"))}>{t.byPasskey}</Button>
          )}
          <Button type="primary" htmlType="submit" loading={isBusy} disabled={code.length !== 6}>
            {t.proveDo}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
