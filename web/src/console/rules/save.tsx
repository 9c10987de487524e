/** Saving a draft: the server runs the golden cases first, and names those that do not hold. */
import { Button, Input } from "antd";
import { useState } from "react";
import { useDeed } from "../platform.tsx";
import { Field } from "../ui/field.tsx";
import { Card, Failed, Verdict } from "../ui/parts.tsx";
import { withRows, type RuleRow } from "./model.ts";
import { t as words } from "./text.ts";
import type { RuleSet } from "./versions.tsx";

const WHY_MIN = 3;
const WHY_MAX = 200;

interface SaveProps {
  isChanged: boolean;
  texts: Record<string, string | { text: string; rows: RuleRow[] }>;
  onSaved(made: RuleSet): void;
}

export function SaveCard({ isChanged, texts, onSaved }: SaveProps) {
  const t = words();
  const [why, setWhy] = useState("");
  const deed = useDeed<RuleSet>(onSaved);
  const isShort = why.trim().length < WHY_MIN;
  const save = () => {
    const files = Object.fromEntries(
      Object.entries(texts).map(([name, one]) => [name, typeof one === "string" ? one : withRows(one.text, one.rows)]),
    );
    void deed.run("/v1/rules", { files, why: why.trim() });
  };
  const isGolden = deed.problem?.code === "golden_cases_failed";
  return (
    <Card title={t.save}>
      <p className="hint">{t.saveSub}</p>
      <form
        className="save"
        onSubmit={(event) => {
          event.preventDefault();
          if (isChanged && !isShort) save();
        }}
      >
        <Field label={t.why} hint={t.whyHint}>
          {(own) => <Input.TextArea {...own} rows={3} maxLength={WHY_MAX} value={why} onChange={(event) => setWhy(event.target.value)} />}
        </Field>
        {isGolden && (
          <div role="alert">
            <Verdict kind="bad">{t.golden}</Verdict>
            <p className="golden">{deed.problem?.detail}</p>
          </div>
        )}
        {deed.problem && !isGolden && <Failed problem={deed.problem} />}
        {deed.done && <Verdict kind="ok">{t.saved}</Verdict>}
        <Button type="primary" htmlType="submit" loading={deed.isBusy} disabled={!isChanged || isShort}>
          {t.save}
        </Button>
      </form>
    </Card>
  );
}
