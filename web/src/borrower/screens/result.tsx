import type { JSX } from "preact";
import { pick } from "../../shared/language";
import { wholeYuan } from "../../shared/money";
import { Badge, Icon } from "../../shared/parts";
import { change } from "../case";
import { go } from "../route";
import { Bar, Button, Foot, home, useCase } from "../ui";
import { say } from "../words";
import { NotOfferedList } from "./offers";

/** No offer, or a person decides: plain words, the reasons, a way on. */
export function Result(): JSX.Element {
  const { answer, amount, tenor, bureau } = useCase();
  if (!answer) return <div class="page"><Bar title={say("result")} back={home} /></div>;
  const isReview = answer.outcome === "review";
  const again = (): void => {
    change({ answer: null });
    home();
  };
  return (
    <div class="page with-foot">
      <Bar title={say("result")} back={home} />
      <main>
        <div>
          {isReview && <Badge tone="person">{say("step_human")}</Badge>}
          <h1>{isReview ? say("review_title_person") : say("declined_title", { a: wholeYuan(amount), n: tenor })}</h1>
          <p class="note">{isReview ? say("review_text") : say(bureau ? "declined_harm_queried" : "declined_harm")}</p>
        </div>
        {answer.reasons.length > 0 && (
          <section>
            <h2>{say("reasons_title")}</h2>
            <ol class="card reasons">
              {answer.reasons.slice(0, 4).map((reason, n) => (
                <li key={reason.code}><span class="nr figures">{n + 1}</span><p>{pick(reason, "text")}</p></li>
              ))}
            </ol>
          </section>
        )}
        {answer.not_offered.length > 0 && <section><h2>{say("each_lender")}</h2><NotOfferedList answer={answer} /></section>}
      </main>
      <Foot>
        {isReview ? <Button onClick={() => go("loans")}>{say("to_loans")}</Button> : <Button onClick={again}>{say("try_less")}</Button>}
        {!isReview && <p class="note centred with-icon"><Icon name="people" />{say("ask_person")}</p>}
      </Foot>
    </div>
  );
}
