"""Uplift on simulated response (made up, and labelled so) whose truth is known."""

from datetime import UTC, date, datetime

import pytest

from tongtu.campaign.api import Fate, Group, Member, Outcome, Plan, breach, worth_of
from tongtu.campaign.rules.draw import group_of
from tongtu.campaign.rules.uplift import apart
from tongtu.simulators.api import ResponseTruth

TRUTH = ResponseTruth(
    ("repaid", "borrowing", "new"), (0.3, 0.2, 0.5), (0.10, 0.06, 0.03), (0.06, -0.02, 0.02)
)
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
PLAN = Plan("a", "why", "p", (), 300_000, 9, AT, AT, 7, 100_000)


def played(seed, people=1_500, truth=TRUTH):
    stratum, luck = truth.draw(seed, people)
    found = []
    for party, (place, drawn) in enumerate(zip(stratum.tolist(), luck.tolist(), strict=True)):
        group = group_of(seed, party, 300_000)
        is_pushed = group is Group.PUSH
        member = Member(party, group, 700_000, truth.names[place], date(2026, 11, 24))
        responds = truth.responds(place, drawn, is_pushed=is_pushed)
        fate = Fate.PUSHED if is_pushed else Fate.DUE
        found.append(Outcome(member, fate, responds, 1_000_000 * responds, is_off=False))
    return found


def test_the_estimate_holds_the_true_uplift_in_its_interval_as_often_as_it_says():
    worths = [worth_of(played(seed)) for seed in range(40)]

    held = sum(one.uplift.low <= TRUTH.uplift <= one.uplift.high for one in worths)
    assert held >= 34  # 95 % of 40 is 38; fewer than 34 comes by chance once in 70
    mean = sum(one.uplift.value for one in worths) / 40
    assert mean == pytest.approx(TRUTH.uplift, abs=0.006)
    for place, name in enumerate(TRUTH.names):
        own = [next(s for s in one.strata if s.name == name) for one in worths]
        assert sum(s.uplift.low <= TRUTH.added[place] <= s.uplift.high for s in own) >= 34
        assert sum(s.propensity.low <= TRUTH.unasked[place] <= s.propensity.high for s in own) >= 34
    money = sum(
        one.added_per_member_minor.low <= 1e6 * TRUTH.uplift <= one.added_per_member_minor.high
        for one in worths
    )
    assert money >= 34


def test_who_responds_most_unasked_is_not_whom_a_push_helps_most():
    truth = ResponseTruth(("loyal", "new"), (0.5, 0.5), (0.30, 0.05), (0.0, 0.10))

    by_name = {one.name: one for one in worth_of(played(3, 8_000, truth)).strata}

    assert by_name["loyal"].propensity.value > by_name["new"].propensity.value
    assert by_name["new"].uplift.low > by_name["loyal"].uplift.high


def test_no_effect_is_not_found_where_there_is_none():
    idle = ResponseTruth(("new",), (1.0,), (0.08,), (0.0,))

    found = [worth_of(played(seed, 1_500, idle)).uplift for seed in range(40)]

    assert sum(one.low > 0 or one.high < 0 for one in found) <= 6


def test_the_stop_rule_ends_what_puts_people_off_and_nothing_before_it_can_tell():
    harmful = ResponseTruth(("new",), (1.0,), (0.30,), (-0.25,))
    fine, bad = worth_of(played(1)), worth_of(played(1, 1_500, harmful))
    off = [one._replace(is_off=n % 5 == 0) for n, one in enumerate(played(1))]

    assert breach(PLAN, fine) is None
    assert breach(PLAN, bad) == "who was pushed to surely responds less than who was not"
    assert breach(PLAN, worth_of(off)) == "more people switched pushes off than was approved"
    assert breach(PLAN, worth_of(off[:100])) is None


def test_two_shares_lie_apart_as_newcombe_published():
    """Newcombe 1998, method 10, his example (a): 56/70 and 48/80."""
    found = apart(70, 56, 80, 48)

    assert [round(one, 4) for one in found] == [0.2, 0.0524, 0.3339]
