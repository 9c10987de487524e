"""Fairness by hand: groups, their approval ratio and the gap of good payers."""

import csv

import pytest

from tongtu.replay.api import judge, read_applicants, read_groups
from tongtu.replay.applicants import COLUMNS
from tongtu.replay.fairness import PEOPLE_MIN
from tongtu.replay.summary import _fairness


def people(first, approved, good, good_approved, count=100):
    """Return so many people of whom the first are approved and good as the counts say."""
    pairs = [(True, True)] * good_approved + [(True, False)] * (approved - good_approved)
    pairs += [(False, True)] * (good - good_approved)
    pairs += [(False, False)] * (count - len(pairs))
    return [(first + n, *pair) for n, pair in enumerate(pairs)]


GROUPS = {"age": {n: "young" if n < 100 else "old" for n in range(200)}}


def test_ratio_and_gap_are_those_worked_by_hand():
    (found,) = judge(GROUPS, people(0, 40, 50, 30) + people(100, 80, 90, 72))
    young, old = sorted(found.groups, key=lambda one: one.name, reverse=True)
    assert (young.approval, old.approval) == (0.4, 0.8)
    assert (young.opportunity, old.opportunity) == (0.6, 0.8)
    assert found.ratio == pytest.approx(0.5)
    assert found.gap == pytest.approx(0.2)


def test_equal_treatment_is_one_and_nothing():
    (found,) = judge(GROUPS, people(0, 40, 50, 30) + people(100, 40, 50, 30))
    assert (found.ratio, found.gap) == (1.0, 0.0)


def test_a_group_of_few_people_is_left_out_and_one_group_is_no_comparison():
    assert judge(GROUPS, people(0, 40, 50, 30) + people(100, 5, 9, 4, PEOPLE_MIN - 1)) == []
    assert len(judge(GROUPS, people(0, 40, 50, 30) + people(100, 5, 9, 4, PEOPLE_MIN))) == 1


def test_age_and_marital_state_are_read_apart_and_stand_in_no_application(tmp_path):
    path = tmp_path / "credit_data.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, (age, marital) in enumerate(
            [(29, "single"), (30, "widow"), (46, "married")], 1
        ):
            writer.writerow([number, "good", 9, "rent", 60, age, marital, "no", "fixed", 73, 129, 0,
                             0, 800, 846])  # fmt: skip

    groups = read_groups(path)

    assert list(groups["age"].values()) == ["under 30", "30 to 45", "over 45"]
    assert list(groups["marital state"].values()) == ["single", "other", "married"]
    for training in (True, False):
        for one in read_applicants(path, training=training):
            told = set(one.stated()) | set(one.body()) | set(one.body()["facts"])
            assert not {name for name in told if name.startswith(("age", "marital", "sex"))}


def test_a_report_without_groups_says_nothing_of_fairness():
    assert _fairness([], {}) == []
