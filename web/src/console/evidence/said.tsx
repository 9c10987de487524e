/** The verdict on a proof: one sentence first, then the steps as far as they went, then whose key it was. */
import { useEffect } from "react";
import { verify, type Verdict as Checked } from "../../borrower/verify.ts";
import { count } from "../../shared/format.ts";
import { usePlatform, useReading, type Reading } from "../platform.tsx";
import { Timeline, Verdict } from "../ui/parts.tsx";
import { t as words } from "./text.ts";

export type Found = Checked | "pending";

/** The log is signed about once a second: what is pending is asked for again until it is in. */
const AGAIN_MS = 1_000;

/** Reads the proof of an entry and checks it here. */
export function useProof(kind: string, subject: string): Reading<Found> {
  const { http } = usePlatform();
  const reading = useReading<Found>(async () => {
    const given = await http.json<Record<string, unknown>>(`/v1/evidence/proofs/${kind}/${encodeURIComponent(subject)}`);
    return given["state"] === "pending" ? "pending" : verify(given, { kind, subject });
  });
  const { data, read } = reading;
  useEffect(() => {
    if (data !== "pending") return;
    const clock = setTimeout(read, AGAIN_MS);
    return () => clearTimeout(clock);
    // `read` is made anew with each draw and reads the same.
  }, [data]);
  return reading;
}

export function Said({ found, logKey }: { found: Found; logKey?: string | undefined }) {
  const t = words();
  if (found === "pending") return <Verdict kind="wait">{t.pending}</Verdict>;
  const good = t.good(count(found.position), count(found.size));
  const said = { good, bad: t.bad, unknown: t.unknown }[found.outcome];
  const kind = ({ good: "ok", bad: "bad", unknown: "warn" } as const)[found.outcome];
  const broken = found.step ?? t.steps.length;
  const isOther = logKey !== undefined && found.outcome === "good" && found.key !== logKey;
  return (
    <>
      <Verdict kind={kind}>{said}</Verdict>
      {isOther && <Verdict kind="warn">{t.otherKey}</Verdict>}
      <Timeline
        moments={t.steps.map((step, n) => ({
          key: step,
          title: step,
          state: n < broken ? "done" : n === broken ? "now" : "next",
          kind: n < broken ? "ok" : n === broken ? kind : "muted",
        }))}
      />
      <p className="hint said-key">
        {t.key} <code>{found.key.split("+").slice(0, 2).join("+")}</code>
      </p>
    </>
  );
}
