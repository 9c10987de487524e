from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.kernel.errors import Broken
from tongtu.servicing.api import FacilityEvent, FacilityKind, Grant, Refusal, fold_facility

START = date(2026, 11, 24)
END = START + timedelta(days=1095)
REVIEW = START + timedelta(days=365)
K = FacilityKind


def grant(**changes):
    given_ = {"limit_minor": 5_000_000, "rate_bps": 720, "valid_from": START, "valid_to": END}
    return Grant(**given_ | {"review_due_on": REVIEW} | changes)


def event(seq, kind, day=0, amount=0, **rest):
    return FacilityEvent(seq, kind, START + timedelta(days=day), amount, **rest)


DRAWN = (event(2, K.RESERVED, 1, 2_000_000), event(3, K.DRAWN, 1, 2_000_000))


def test_what_is_available_is_the_limit_less_what_is_used_and_reserved():
    events = [*DRAWN, event(4, K.RESERVED, 2, 500_000), event(5, K.REPAID, 40, 300_000)]

    found = fold_facility(grant(), events, START + timedelta(days=40))

    assert (found.used_minor, found.reserved_minor) == (1_700_000, 500_000)
    assert found.available_minor == 2_800_000
    assert found.refusal(2_800_000) is None
    assert found.refusal(2_800_001) is Refusal.SHORT


def test_a_facility_that_does_not_revolve_lends_nothing_twice():
    events = [*DRAWN, event(4, K.REPAID, 40, 2_000_000)]

    found = fold_facility(grant(is_revolving=False), events, START + timedelta(days=40))

    assert (found.used_minor, found.available_minor) == (2_000_000, 3_000_000)


def test_it_is_seen_as_it_was_on_any_day():
    events = [*DRAWN, event(4, K.REPAID, 40, 300_000), event(5, K.LOWERED, 50, 1_000_000)]

    seen = {
        day: fold_facility(grant(), events, START + timedelta(days=day)) for day in (0, 1, 40, 50)
    }

    assert {day: one.used_minor for day, one in seen.items()} == {
        0: 0, 1: 2_000_000, 40: 1_700_000, 50: 1_700_000,
    }  # fmt: skip
    assert [one.available_minor for one in seen.values()] == [5_000_000, 3_000_000, 3_300_000, 0]


@pytest.mark.parametrize(
    ("events", "day", "why"),
    [
        ((), -1, Refusal.NOT_VALID),
        ((), 0, None),
        ((), 365, None),
        ((), 366, Refusal.REVIEW_DUE),
        ((event(2, K.REVIEWED, 360, until=REVIEW + timedelta(days=365)),), 366, None),
        ((event(2, K.REVIEWED, 360, until=END + timedelta(days=99)),), 1095, None),
        ((event(2, K.REVIEWED, 360, until=END + timedelta(days=99)),), 1096, Refusal.NOT_VALID),
        ((event(2, K.FROZEN, 5),), 5, Refusal.FROZEN),
        ((event(2, K.FROZEN, 5), event(3, K.UNFROZEN, 9)), 9, None),
        ((event(2, K.CLOSED, 5),), 5, Refusal.CLOSED),
    ],
)
def test_nothing_is_drawn_outside_its_days_frozen_closed_or_unreviewed(events, day, why):
    found = fold_facility(grant(), events, START + timedelta(days=day))

    assert found.standing is why
    assert found.available_minor == (5_000_000 if why is None else 0)


def test_a_price_counts_from_its_day_on_whenever_it_was_decided():
    events = [
        event(2, K.REPRICED, 30, rate_bps=800),
        event(3, K.REPRICED, 10, rate_bps=690),
    ]

    rates = [
        fold_facility(grant(), events, START + timedelta(days=day)).rate_bps
        for day in (9, 10, 29, 30)
    ]

    assert rates == [720, 690, 690, 800]


def test_more_cannot_come_back_than_was_drawn():
    with pytest.raises(Broken, match="below nothing"):
        fold_facility(grant(), [*DRAWN, event(4, K.REPAID, 2, 2_000_001)], END)


@pytest.mark.parametrize(
    "changes",
    [
        {"limit_minor": 0}, {"limit_minor": 10**9 + 1}, {"rate_bps": -1}, {"rate_bps": 10_001},
        {"review_due_on": END + timedelta(days=1)}, {"valid_from": REVIEW + timedelta(days=1)},
    ],
)  # fmt: skip
def test_a_grant_out_of_bounds_is_refused(changes):
    with pytest.raises(Broken):
        grant(**changes)


acts = st.lists(st.tuples(st.integers(1, 900_000), st.sampled_from("rrdxp")), max_size=40)


@given(acts=acts)
def test_over_any_life_available_used_and_reserved_come_to_the_limit(acts):
    """Reserve, draw, give back and repay at random, as the lock would let it happen."""
    events, waiting, owed = [], [], []
    for amount, act in acts:
        seq = len(events) + 2
        now = fold_facility(grant(), events, START)
        if act == "r" and now.refusal(amount) is None:
            waiting.append(amount)
            events.append(event(seq, K.RESERVED, 0, amount))
        elif act == "d" and waiting:
            owed.append(waiting.pop(0))
            events.append(event(seq, K.DRAWN, 0, owed[-1]))
        elif act == "x" and waiting:
            events.append(event(seq, K.RELEASED, 0, waiting.pop()))
        elif act == "p" and owed:
            part = min(amount, owed[0])
            owed[0] -= part
            events.append(event(seq, K.REPAID, 0, part))
            owed = [left for left in owed if left]

    found = fold_facility(grant(), events, START)
    assert (found.used_minor, found.reserved_minor) == (sum(owed), sum(waiting))
    assert found.available_minor == 5_000_000 - sum(owed) - sum(waiting)
    assert found.available_minor >= 0
