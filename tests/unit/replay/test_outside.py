"""What a replay reports of outside sources, from what the platform counted before and after."""

from tongtu.replay.api import Applicant
from tongtu.replay.borrower import Case
from tongtu.replay.outside import OutsideLooks, outside_rows, reasons, summarise_outside

TAX = {
    "id": "tax", "scope": "tax_query", "products": ["consumer_cash"], "charged_to": "platform",
    "amount_min_minor": 6_000_000,
}  # fmt: skip


def case(row, amount_minor, code=None, price_minor=0):
    made = Case(Applicant(row, 0, False, amount_minor, 12, {"price_minor": price_minor}, "d"), "r")
    made.answer = {"reasons": [{"code": code}] if code else [], "outcome": "offers"}
    return made


def counted(state, queries, cost_minor, stale=0, age_days=None):
    return {
        "source": "tax", "state": state, "queries": queries, "cost_minor": cost_minor,
        "stale": stale, "age_days": age_days,
    }  # fmt: skip


def test_two_of_three_applicants_agree_to_every_source():
    looks = OutsideLooks([TAX])

    given = [looks.scopes(case(row, 1).applicant) for row in (1, 2, 3)]

    assert given == [["tax_query"], ["tax_query"], []]


def test_cost_freshness_and_what_is_missing_are_told_by_source_of_this_replay_alone():
    looks = OutsideLooks(
        [TAX],
        before=[counted("answered", 10, 800, 2, 0)],
        after=[counted("answered", 12, 960, 3, 3), counted("no_answer", 1, 80)],
    )
    cases = [case(1, 6_000_000), case(2, 6_000_000), case(3, 9_000_000), case(4, 7_000_000),
             case(5, 5_999_999), case(7, 6_000_000, price_minor=7_000_000)]  # fmt: skip

    (found,) = summarise_outside(looks, cases)

    assert found == {
        "source": "tax", "needed": 4, "agreed": 3, "states": {"answered": 2, "no_answer": 1},
        "stale": 1, "missing": 3, "cost_minor": 240, "charged_to": "platform", "age_days": 3,
    }  # fmt: skip
    told = reasons([*cases, case(8, 6_000_000, "income_contradicted")])
    assert outside_rows([found], told) == [
        ("outside", "tax: needed by, agreed", "4 applicants, 3"),
        ("outside", "tax: asked",
         "2 answered, 1 no_answer; median age up to 3 days, 1 stale; missing for 3"),
        ("outside", "tax: cost, borne by the platform", "2.40 yuan"),
        ("outside", "left to a person for it", "1 income_contradicted"),
    ]  # fmt: skip


def test_a_replay_in_which_no_amount_needs_a_source_says_nothing_of_them():
    (found,) = summarise_outside(OutsideLooks([TAX]), [case(1, 1_000_000)])

    assert outside_rows([found], {}) == []
