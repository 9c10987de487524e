/** Drafts and history; for the one that is looked at: back-test, shadow, and the two persons' way. */
import { Button } from "antd";
import { count, dateIso, time } from "../../shared/format.ts";
import { useDeed, usePlatform } from "../platform.tsx";
import { href, restate, usePlace } from "../router.ts";
import { caseWords, OUTCOME, wordOf } from "../ui/cases.ts";
import { Badge, Card, Failed, Timeline, Verdict, type Moment, type Status } from "../ui/parts.tsx";
import { t as words } from "./text.ts";

const SHORT = 8;
const SHOWN_MAX = 8;
const STATUS: Record<string, Status> = { draft: "warn", shadow: "wait", published: "ok", retired: "muted" };

export interface Swap {
  looked_at: number;
  flips: [before: string, after: string, n: number][];
  rules: Record<string, number>;
}

export interface RuleSet {
  hash: string;
  status: string;
  files: string[];
  why: string;
  saved_at: string;
  published_at: string | null;
  swap: Swap | null;
  shadow: Record<string, unknown> | null;
}

interface VersionsProps {
  sets: RuleSet[];
  own: RuleSet | undefined;
  onAgain(): void;
}

export function Versions({ sets, own, onAgain }: VersionsProps) {
  const t = words();
  const { query } = usePlace();
  const look = (hash: string) => restate({ file: query.get("file") ?? "", set: hash });
  return (
    <>
      {own && <Release key={own.hash} own={own} onAgain={onAgain} />}
      <Card title={t.versions} unit={t.versionsUnit} aside={own && <Button type="text" onClick={() => look("")}>{t.back}</Button>}>
        {sets.length === 0 && <p className="hint">{t.none}</p>}
        <ul className="versions">
          {sets.slice(0, SHOWN_MAX).map((one) => (
            <li key={one.hash}>
              <Badge kind={STATUS[one.status] ?? "muted"}>{t.statuses[one.status] ?? one.status}</Badge>
              <button type="button" className="plain" aria-pressed={one.hash === own?.hash} onClick={() => look(one.hash)}>
                <code>{one.hash.slice(0, SHORT)}</code> {one.why}
              </button>
              <small>
                {dateIso(one.saved_at)} {time(one.saved_at).slice(0, 5)}
              </small>
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

function Release({ own, onAgain }: { own: RuleSet; onAgain(): void }) {
  const t = words();
  const { can } = usePlatform();
  const trying = useDeed<RuleSet>(onAgain);
  const shadowing = useDeed<RuleSet>(onAgain);
  const proposing = useDeed<{ approval: string; swap: Swap }>(onAgain);
  const swap = proposing.done?.swap ?? trying.done?.swap ?? own.swap;
  const isOpen = own.status === "draft" || own.status === "shadow";
  const path = `/v1/rules/${own.hash}`;
  const problem = trying.problem ?? shadowing.problem ?? proposing.problem;
  return (
    <Card title={t.trial} unit={swap ? t.trialUnit(count(swap.looked_at)) : ""}>
      {swap ? <SwapTable swap={swap} /> : <p className="hint">{t.trialNone}</p>}
      {own.shadow && <p className="hint">{t.shadowCount(count(Number(own.shadow["looked_at"] ?? 0)))}</p>}
      <h3 className="sub">{t.steps}</h3>
      <Timeline moments={stepsOf(own, swap !== null, proposing.done !== undefined)} />
      {problem && <Failed problem={problem} />}
      {proposing.done && (
        <>
          <Verdict kind="wait">{t.proposed}</Verdict>
          <a href={href(`approvals/${proposing.done.approval}`)}>{t.toApprovals}</a>
        </>
      )}
      {isOpen && !proposing.done && (
        <div className="actions">
          {can("POST /v1/rules/{rules}/trial") && (
            <Button loading={trying.isBusy} onClick={() => void trying.run(`${path}/trial`)}>
              {t.trialDo}
            </Button>
          )}
          {can("POST /v1/rules/{rules}/shadow") && own.status === "draft" && (
            <Button loading={shadowing.isBusy} title={t.shadowSub} onClick={() => void shadowing.run(`${path}/shadow`)}>
              {t.shadowDo}
            </Button>
          )}
          {can("POST /v1/rules/{rules}/publication") && (
            <Button type="primary" disabled={swap === null} loading={proposing.isBusy} onClick={() => void proposing.run(`${path}/publication`)}>
              {t.propose}
            </Button>
          )}
        </div>
      )}
    </Card>
  );
}

function stepsOf(own: RuleSet, isTried: boolean, isProposed: boolean): Moment[] {
  const t = words();
  const isOut = own.status === "published" || own.status === "retired";
  const done = [true, isTried || isOut, isProposed || isOut, isOut];
  const now = done.indexOf(false);
  return (["draft", "trial", "propose", "second"] as const).map((step, n) => ({
    key: step,
    title: t.step[step],
    state: done[n] ? "done" : n === now ? "now" : "next",
    kind: done[n] ? "ok" : "info",
  }));
}

function SwapTable({ swap }: { swap: Swap }) {
  const t = words();
  const name = caseWords();
  if (swap.flips.length === 0) return <Verdict kind="ok">{t.noFlip}</Verdict>;
  const badge = (outcome: string) => <Badge kind={OUTCOME[outcome] ?? "muted"}>{wordOf(name.outcomes, outcome)}</Badge>;
  return (
    <>
      <ul className="flips">
        {swap.flips.map(([before, after, n]) => (
          <li key={`${before}${after}`}>
            <b>{count(n)}</b> {badge(before)} → {badge(after)}
          </li>
        ))}
      </ul>
      {Object.keys(swap.rules).length > 0 && (
        <p className="hint">
          {t.fired} {Object.entries(swap.rules).map(([rule, n]) => `${rule} (${count(n)})`).join(", ")}
        </p>
      )}
    </>
  );
}
