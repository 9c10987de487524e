"""What runs beside the replay's applications: lines looked at again, and a campaign."""

import asyncio
from datetime import datetime

import pytest

from tongtu.replay.applicants import Applicant
from tongtu.replay.borrower import Case
from tongtu.replay.campaign import (
    ADDED,
    APPLICANTS_MIN,
    UNASKED,
    Pushing,
    begin,
    campaign_rows,
    is_willing,
    respond,
    responds,
    summarise_campaign,
    switch_on,
)
from tongtu.replay.client import Unexpected
from tongtu.replay.lines import (
    LIMIT_MAX_MINOR,
    LIMIT_MIN_MINOR,
    body,
    holders,
    line_rows,
    review,
    summarise_lines,
)

ROWS = range(10_000)
FIGURE = {"value": 0.25, "low": 0.18, "high": 0.33}


def applicant(row=1, amount_minor=400_000):
    return Applicant(row, 0, False, amount_minor, 12, {"price_minor": 1}, f"table-{row}")


class Told:
    """A platform that says what it was given to say, and keeps what it was asked."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []
        self.counters = type("Counters", (), {"errors": {}})()

    async def ask(self, method, path, **given):
        self.asked.append((method, path, given.get("body")))
        for name, answer in self.answers.items():
            if name in path.replace("-", "_"):
                if isinstance(answer, Exception):
                    raise answer
                return answer
        return {}


def test_a_line_is_asked_for_within_the_products_bounds_and_by_the_rows_own_facts():
    asked = [body(applicant(amount_minor=minor))["amount_minor"] for minor in (1, 1_234_567, 10**9)]

    assert asked == [LIMIT_MIN_MINOR, 1_200_000, LIMIT_MAX_MINOR]
    assert body(applicant())["product"] == "credit_line"
    assert body(applicant(7))["device"] == "table-7"


def test_all_reviews_of_all_lines_are_told_by_what_they_said():
    said = [("keep", "line_unchanged", "done"), ("suspend", "line_late", "in_force"),
            ("lower", "line_was_late", "announced")]  # fmt: skip
    found = holders([applicant(n) for n in range(4)], "r1")
    for one, (outcome, reason, state) in zip(found, said, strict=False):
        one.facility, one.limit_minor = "fa_1", 500_000
        one.reviews = [{"outcome": outcome, "reason": reason, "state": state}]

    told = summarise_lines(found)

    assert (told["asked"], told["opened"], told["reviews"]) == (4, 3, 3)
    assert told["outcomes"] == {"keep": 1, "suspend": 1, "lower": 1}
    rows = {name: value for _, name, value in line_rows(told)}
    assert rows["raised, kept, lowered"] == "0 raised, 1 kept, 1 lowered, 1 suspend"
    assert "six" in rows["why none is raised"]
    assert line_rows(summarise_lines([])) == []


def test_a_line_whose_review_is_open_is_read_and_the_refusal_is_no_error():
    (one,) = holders([applicant()], "r1")
    one.facility = "fa_1"
    platform = Told(operations=Unexpected("open", code="review_open"), facilities={"items": [{}]})

    asyncio.run(review(platform, one, "token"))

    assert one.reviews == [{}]
    with pytest.raises(Unexpected):
        asyncio.run(review(Told(operations=Unexpected("no", code="broken")), one, "token"))


def test_the_simulated_response_is_as_the_stated_truth_says():
    unasked = sum(responds(row, is_pushed=False) for row in ROWS) / len(ROWS)
    pushed = sum(responds(row, is_pushed=True) for row in ROWS) / len(ROWS)

    assert abs(unasked - UNASKED / 1_000) < 0.01
    assert abs(pushed - (UNASKED + ADDED) / 1_000) < 0.01
    # A push puts nobody off, and who responds does not depend on who is willing.
    assert all(responds(row, is_pushed=True) for row in ROWS if responds(row, is_pushed=False))
    assert abs(sum(map(is_willing, ROWS)) / len(ROWS) - 2 / 3) < 0.02


def test_a_campaign_is_proposed_by_one_approved_by_another_and_begins_after_its_lead():
    cases = [Case(applicant(row), "r1") for row in range(APPLICANTS_MIN)]
    platform = Told(proposals={}, campaigns={"campaign": "cp_1", "approval": "ap_1"},
                    pushes={"changed_at": "2026-11-24T10:00:00+08:00"})  # fmt: skip
    pushing, few = Pushing(), Pushing()
    for one in (pushing, few):
        asyncio.run(switch_on(platform, cases[0], "v1", one))
    platform.asked.clear()

    asyncio.run(begin(platform, ("maker", "checker"), "r1", (pushing, cases)))

    (_, _, plan), (_, approved, _) = platform.asked
    assert (pushing.campaign, approved) == (
        "cp_1", "/v1/operations/campaign-proposals/ap_1/approval",
    )  # fmt: skip
    lead = datetime.fromisoformat(plan["starts_at"]) - datetime.fromisoformat(
        "2026-11-24T10:00:00+08:00"
    )
    assert lead.total_seconds() > 60
    asyncio.run(begin(platform, ("maker", "checker"), "r1", (few, cases[:-1])))
    assert (few.campaign, len(platform.asked)) == ("", 2)
    assert campaign_rows(summarise_campaign(few)) == []
    few.refused = "422 bad_campaign"
    assert campaign_rows(summarise_campaign(few))[0][2] == "422 bad_campaign"


def test_who_responds_applies_again_and_takes_the_cheapest_and_who_does_not_asks_nothing():
    yes = next(row for row in ROWS if responds(row, is_pushed=True))
    never = next(row for row in ROWS if not responds(row, is_pushed=True))
    answer = {"application": "ap_1", "decision": "de_1", "offers": [{"n": 1}, {"n": 2}]}
    platform = Told(pushes={"items": [{}]}, acceptance={}, applications=answer)
    pushing = Pushing()

    for row in (yes, never):
        asyncio.run(respond(platform, Case(applicant(row), "r1"), pushing))

    assert (pushing.reached, pushing.responded, pushing.took) == (2, 1, 1)
    bodies = [body for _, path, body in platform.asked if path.endswith("acceptance")]
    assert bodies == [{"offer": 1, "decision": "de_1"}]


def test_a_campaigns_figures_stand_beside_the_truth_they_estimate_and_say_what_is_simulated():
    pushing = Pushing(campaign="cp_1", reached=90, responded=30, took=20, stopped="stopped")
    pushing.report = {
        "members": 200, "pushed": 100, "refused": 0, "switched_off": 0,
        "response_push": FIGURE, "response_hold_out": FIGURE, "uplift": FIGURE,
        "added_per_member_minor": {"value": 12_345.0, "low": None, "high": None},
        "strata": [{"name": "new", "push": 100, "hold_out": 100, "propensity": FIGURE,
                    "uplift": FIGURE}],
    }  # fmt: skip

    rows = campaign_rows(summarise_campaign(pushing))

    assert {section for section, _, _ in rows} == {"campaign (response simulated)"}
    told = {name: value for _, name, value in rows}
    assert told["uplift, measured"] == "25.0 % (95 %: 18.0 to 33.0)"
    assert told["uplift, the simulated truth"] == "15.0 % of whom a push reached (90 people)"
    assert told["incremental value: lent more a member drawn to push"].startswith("123.5 yuan")
    pushing.report["pushed"] = 0
    night = {name for _, name, _ in campaign_rows(summarise_campaign(pushing))}
    assert "why nobody was pushed to" in night
    assert "uplift, measured" not in night
