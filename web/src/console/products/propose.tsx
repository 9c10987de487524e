/** A new price experiment: one grid below the published one, tried by time block. The server holds every bound. */
import { Button, Input } from "antd";
import { useState } from "react";
import { dateIso } from "../../shared/format.ts";
import { pick } from "../../shared/lang.ts";
import { useDeed } from "../platform.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { Failed } from "../ui/parts.tsx";
import { Select } from "../lists/form.tsx";
import type { Desk } from "../lenders/types.ts";
import { approvalLink } from "./experiments.tsx";
import { t as words } from "./text.ts";

const BANDS = 8;
const DAY_MS = 86_400_000;
const PPM_PERCENT = 10_000;
const PERCENT = 100;

type Told = Record<"name" | "why" | "lower" | "share" | "block" | "starts" | "ends" | "most" | "floor" | "cases" | "loss", string>;

function numbers(told: string): number[] {
  return told.split(/[,，\s]+/).filter(Boolean).map(Number);
}

export function Propose({ desks, onClose }: { desks: Desk[]; onClose(): void }) {
  const t = words();
  const inside = desks.filter((one) => one.answer_within_s === null);
  const [lender, setLender] = useState(inside[0]?.lender ?? "");
  const [told, setTold] = useState<Told>({
    name: "",
    why: "",
    lower: "20, 20, 20, 20, 10, 10, 0, 0",
    share: "30",
    block: "60",
    starts: dateIso(new Date(Date.now() + DAY_MS)),
    ends: dateIso(new Date(Date.now() + 15 * DAY_MS)),
    most: "50",
    floor: "200, 200, 200, 200, 200, 200, 200, 200",
    cases: "2000",
    loss: "2",
  });
  const deed = useDeed<{ experiment: string; approval: string }>();
  const field = (key: keyof Told, hint?: string, type?: string) => (
    <Field label={key === "why" ? t.why : t.form[key]} hint={hint ?? (key === "why" ? t.reasonHint : undefined)}>
      {(own) => <Input {...own} type={type ?? "text"} value={told[key]} onChange={(event) => setTold((was) => ({ ...was, [key]: event.target.value }))} />}
    </Field>
  );
  const [lower, floor] = [numbers(told.lower), numbers(told.floor)];
  const isOff = !/^[a-z0-9_-]{1,40}$/.test(told.name) || told.why.trim().length < 3 || lower.length !== BANDS || floor.length !== BANDS || [...lower, ...floor].some((one) => !Number.isInteger(one));
  const send = () => {
    const part = Math.round(Number(told.share) * PPM_PERCENT);
    void deed.run("/v1/operations/price-experiments", {
      name: told.name,
      why: told.why.trim(),
      lender,
      looks_at: ["band", "product", "lender", "amount_minor", "tenor_months"],
      arms: [{ name: "lower", lower_bps: lower }],
      weights_ppm: [PERCENT * PPM_PERCENT - part, part],
      block_minutes: Number(told.block),
      starts_at: `${told.starts}T00:00:00+08:00`,
      ends_at: `${told.ends}T00:00:00+08:00`,
      band_bps: Number(told.most),
      floor_bps: floor,
      cases_max: Number(told.cases),
      loss_ppm_max: Math.round(Number(told.loss) * PPM_PERCENT),
    });
  };
  return (
    <Dialog title={t.propose} onClose={onClose} className="wide">
      <p>{t.noneSub}</p>
      {deed.done ? (
        approvalLink(deed.done.approval)
      ) : (
        <form
          className="two-columns"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isOff) send();
          }}
        >
          {field("name", t.form.nameHint)}
          <Field label={t.form.lender}>{(own) => <Select own={own} value={lender} options={Object.fromEntries(inside.map((one) => [one.lender, pick(one, "name")]))} onChange={setLender} />}</Field>
          {field("why")}
          {field("lower", t.form.lowerHint)}
          {field("floor")}
          {field("most")}
          {field("share")}
          {field("block")}
          {field("starts", undefined, "date")}
          {field("ends", undefined, "date")}
          {field("cases")}
          {field("loss")}
          {deed.problem && <Failed problem={deed.problem} />}
          <div className="actions">
            <Button type="primary" htmlType="submit" loading={deed.isBusy} disabled={isOff}>
              {t.proposeDo}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
