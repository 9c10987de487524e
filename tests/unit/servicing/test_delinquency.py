from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.policy.api import Pack
from tongtu.servicing.flow.standards import standards_of
from tongtu.servicing.rules.delinquency import (
    Grade,
    OverduePause,
    Standards,
    Standing,
    judge,
    overdue_days,
)
from tongtu.servicing.rules.fold import fold

DAY = date(2026, 11, 24)
STANDARDS = standards_of(Pack.load("cn/2026.08"), DAY)


def ints(*values):
    return np.array(values, dtype=np.int64)


def walk(dpds, standards=STANDARDS):
    """Judge one loan day after day; yield (bucket, grade, stage) of each."""
    standing = Standing.unpack(ints(0))
    for offset, dpd in enumerate(dpds):
        standing = judge(standards, standing, ints(dpd), DAY.toordinal() + offset)
        yield int(standing.bucket[0]), Grade(int(standing.grade[0])), int(standing.stage[0]) + 1


def test_the_pack_says_what_overdue_days_mean_in_china():
    assert Standards((1, 31, 61, 91), (1, 91, 271, 361), (31, 91), 180, 30, 90) == STANDARDS


@pytest.mark.parametrize(
    ("dpd", "bucket", "grade", "stage"),
    [
        (0, 0, Grade.PASS, 1),
        (1, 1, Grade.SPECIAL_MENTION, 1),
        (30, 1, Grade.SPECIAL_MENTION, 1),
        (31, 2, Grade.SPECIAL_MENTION, 2),
        (60, 2, Grade.SPECIAL_MENTION, 2),
        (61, 3, Grade.SPECIAL_MENTION, 2),
        (90, 3, Grade.SPECIAL_MENTION, 2),
        (91, 4, Grade.SUBSTANDARD, 3),
        (270, 4, Grade.SUBSTANDARD, 3),
        (271, 4, Grade.DOUBTFUL, 3),
        (360, 4, Grade.DOUBTFUL, 3),
        (361, 4, Grade.LOSS, 3),
    ],
)
def test_days_give_bucket_grade_and_stage_at_each_bound(dpd, bucket, grade, stage):
    assert list(walk([dpd])) == [(bucket, grade, stage)]


def test_a_non_performing_loan_is_upgraded_only_after_180_days_on_time():
    days = list(walk([91] + [0] * 182))

    assert days[1] == (0, Grade.SUBSTANDARD, 3)
    assert days[180][1] is Grade.SUBSTANDARD  # 179 days after the first day on time
    assert days[181] == (0, Grade.PASS, 1)


def test_one_late_day_begins_the_cure_anew():
    days = list(walk([91] + [0] * 100 + [1] + [0] * 182))

    assert days[101] == (1, Grade.SUBSTANDARD, 1)
    assert days[281][1] is Grade.SUBSTANDARD
    assert days[282][1] is Grade.PASS


def test_a_doubtful_loan_that_pays_most_of_it_is_at_best_substandard_again():
    assert list(walk([271, 40]))[1] == (2, Grade.SUBSTANDARD, 3)


def test_stages_are_left_after_their_own_cure():
    stages = [stage for _, _, stage in walk([91] + [0] * 92)]
    assert stages[90] == 3
    assert stages[91] == 1
    stages = [stage for _, _, stage in walk([31] + [0] * 32)]
    assert stages[30] == 2
    assert stages[31] == 1


def test_a_cure_of_no_days_follows_the_days():
    at_once = Standards((1,), (1, 91, 271, 361), (31, 91), 0, 0, 0)

    assert [day[1:] for day in walk([95, 40, 0], at_once)] == [
        (Grade.SUBSTANDARD, 3),
        (Grade.SPECIAL_MENTION, 2),
        (Grade.PASS, 1),
    ]


@given(st.lists(st.integers(0, 400), max_size=20), st.data())
def test_judging_a_day_twice_gives_what_judging_it_once_gives(dpds, data):
    standing = Standing.unpack(ints(0))
    for offset, dpd in enumerate(dpds):
        day = DAY.toordinal() + offset * data.draw(st.integers(1, 90))
        once = judge(STANDARDS, standing, ints(dpd), day)
        twice = judge(STANDARDS, once, ints(dpd), day)
        assert once.packed().tolist() == twice.packed().tolist()
        standing = once


@given(
    st.lists(
        st.tuples(
            st.integers(0, 15), st.integers(0, 4), st.integers(0, 2), st.integers(0, 3_000_000)
        ),
        max_size=8,
    )
)
def test_a_standing_survives_its_packing(rows):
    columns = [ints(*column) for column in zip(*rows, strict=True)] or [ints()] * 4
    standing = Standing(*columns)

    again = Standing.unpack(standing.packed())

    for name in ("bucket", "grade", "stage", "clean_since"):
        assert getattr(again, name).tolist() == getattr(standing, name).tolist()


@pytest.mark.parametrize("bounds", [(), (0, 5), (5, 5), (9, 2), tuple(range(1, 17))])
def test_bounds_that_do_not_rise_are_no_standards(bounds):
    with pytest.raises(ValueError, match="do not rise"):
        Standards(bounds, (1, 91, 271, 361), (31, 91), 180, 30, 90)


def test_overdue_days_run_from_the_oldest_unpaid_due_date_without_paused_days():
    due = date(2026, 12, 24)
    at = due + timedelta(days=20)

    assert overdue_days(None, at) == 0
    assert overdue_days(at, at) == 0
    assert overdue_days(due, at) == 20
    assert overdue_days(due, at, [OverduePause(due, due)]) == 20
    assert overdue_days(due, at, [OverduePause(due, due + timedelta(days=5))]) == 15
    overlapping = [
        OverduePause(due + timedelta(days=2), due + timedelta(days=6)),
        OverduePause(due + timedelta(days=5), due + timedelta(days=9)),
    ]
    assert overdue_days(due, at, overlapping) == 12
    assert overdue_days(due, at, [OverduePause(DAY, date(2027, 12, 31))]) == 0


def test_a_part_of_an_instalment_resets_nothing_and_the_whole_of_it_does(make, pay):
    terms = make(3_000_000, 720, 12)
    first, second = terms.rows[0], terms.rows[1]
    at = second.due_date + timedelta(days=5)
    whole = first.principal_minor + first.interest_minor

    nothing = fold(terms, [], at)
    part = fold(terms, [pay(2, first.due_date, whole - 1)], at)
    all_of_it = fold(terms, [pay(2, first.due_date, whole)], at)

    assert (nothing.dpd, part.dpd, all_of_it.dpd) == (36, 36, 5)
    assert overdue_days(first.due_date, at) == 36
