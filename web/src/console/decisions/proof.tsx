/** The decision's entry in the log, checked here: path, root and signature are computed in this browser. */
import { Button } from "antd";
import { count } from "../../shared/format.ts";
import { verify, type Verdict as Checked } from "../../borrower/verify.ts";
import { usePlatform, useReading } from "../platform.tsx";
import { Card, Failed, Timeline, Verdict } from "../ui/parts.tsx";
import { t as words } from "./text.ts";

type Found = Checked | "pending";

export function ProofCard({ id }: { id: string }) {
  const t = words();
  const { http } = usePlatform();
  const reading = useReading<Found>(async () => {
    const given = await http.json<Record<string, unknown>>(`/v1/evidence/proofs/decision/${id}`);
    return given["state"] === "pending" ? "pending" : verify(given, { kind: "decision", subject: id });
  });
  return (
    <Card title={t.evidence} unit={t.evidenceSub}>
      {reading.problem && <Failed problem={reading.problem} />}
      {reading.data && <Said found={reading.data} />}
      <Button loading={reading.isBusy} onClick={reading.read}>
        {t.verify}
      </Button>
    </Card>
  );
}

function Said({ found }: { found: Found }) {
  const t = words();
  if (found === "pending") return <Verdict kind="wait">{t.pending}</Verdict>;
  const good = t.good(count(found.position), count(found.size));
  const said = { good, bad: t.bad, unknown: t.unknown }[found.outcome];
  const kind = { good: "ok", bad: "bad", unknown: "warn" }[found.outcome] as "ok" | "bad" | "warn";
  const broken = found.step ?? t.stepsOfProof.length;
  return (
    <>
      <Verdict kind={kind}>{said}</Verdict>
      <Timeline
        moments={t.stepsOfProof.map((step, n) => ({
          key: step,
          title: step,
          state: n < broken ? "done" : n === broken ? "now" : "next",
          kind: n < broken ? "ok" : n === broken ? kind : "muted",
        }))}
      />
      <p className="hint key">
        {t.key} <code>{found.key.split("+").slice(0, 2).join("+")}</code>
      </p>
    </>
  );
}
