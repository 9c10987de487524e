import type { JSX } from "preact";
import { wholeYuan } from "../../shared/money";
import { go } from "../route";
import { Bar, Button, Foot, Stepper, useCase } from "../ui";
import { say, sayNamed } from "../words";

export function Review(): JSX.Element {
  const { amount, tenor, facts, lenders } = useCase();
  const rows: [string, string, string][] = [
    [say("amount"), wholeYuan(amount), ""],
    [say("term"), say("months", { n: tenor }), ""],
    [say("income"), facts.income ? `¥${facts.income}` : "—", "income"],
    [say("expenses"), `¥${facts.expenses}`, "income"],
    [say("debt"), facts.debt ? `¥${facts.debt}` : "—", "income"],
    [say("job"), `${sayNamed("job_", facts.job)} · ${facts.seniority} ${say("years")}`, "income"],
    [say("purpose"), sayNamed("purpose_", facts.purpose), "income"],
    [say("consents_lenders"), String(lenders.length), "consents"],
  ];
  return (
    <div class="page with-foot">
      <Bar title={say("apply")} back={() => go("consents")} />
      <main>
        <Stepper at={4} />
        <h1>{say("review_title")}</h1>
        <dl class="card pairs">
          {rows.map(([name, value, to]) => (
            <div key={name}><dt>{name}</dt><dd class="figures">{value}</dd><dd><a class="link" href={`#/${to}`} aria-label={`${say("change")} ${name}`}>{say("change")}</a></dd></div>
          ))}
        </dl>
        <p class="note">{say("no_bureau")}</p>
      </main>
      <Foot><Button onClick={() => go("decision")}>{say("submit")}</Button></Foot>
    </div>
  );
}
