from datetime import date
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongtu.funding.api import (
    Share,
    Shares,
    apportion,
    service_fee,
    split_interest,
    split_principal,
)
from tongtu.terms.api import LoanTerms, schedule

weights_of = st.lists(st.integers(0, 10**13), min_size=1, max_size=8).filter(any)
amounts = st.integers(0, 10**12)


def shares(*principals, rates=None, fee_ppm=50_000):
    rates = rates or [700] * len(principals)
    members = tuple(
        Share(n, principal, rate)
        for n, (principal, rate) in enumerate(zip(principals, rates, strict=True), start=1)
    )
    return Shares(members, 31, 30, fee_ppm)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (101, (1, 1, 1), (34, 34, 33)),
        (1, (1, 1, 1), (1, 0, 0)),
        (2, (1, 1, 1), (1, 1, 0)),
        (10, (4, 3, 3), (4, 3, 3)),
        (1, (4, 3, 3), (1, 0, 0)),
        (7, (0, 5, 0), (0, 7, 0)),
        (0, (4, 3, 3), (0, 0, 0)),
        (3_333_333, (400_000, 300_000, 300_000), (1_333_333, 1_000_000, 1_000_000)),
    ],
)
def test_an_amount_is_divided_by_weight_and_a_tie_goes_to_the_larger_then_the_earlier(
    amount, weights, parts
):
    assert apportion(amount, weights) == parts


@given(amount=amounts, weights=weights_of)
def test_the_parts_sum_to_the_amount_and_none_is_below_zero(amount, weights):
    parts = apportion(amount, weights)

    assert sum(parts) == amount
    assert min(parts) >= 0
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(amount=amounts, more=st.integers(1, 10**9), weights=weights_of)
def test_no_part_shrinks_when_the_amount_grows(amount, more, weights):
    one, other = apportion(amount, weights), apportion(amount + more, weights)

    assert all(before <= after for before, after in zip(one, other, strict=True))


@given(amount=amounts, weights=st.lists(st.integers(1, 10**9), min_size=2, max_size=3))
def test_with_up_to_three_funders_each_part_is_within_a_fen_of_the_exact_share(amount, weights):
    total = sum(weights)

    for part, weight in zip(apportion(amount, weights), weights, strict=True):
        assert abs(part * total - amount * weight) < total


@given(weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any))
def test_what_can_be_divided_exactly_is(weights):
    assert apportion(sum(weights), weights) == tuple(weights)
    assert apportion(3 * sum(weights), weights) == tuple(3 * weight for weight in weights)


@given(amount=st.integers(0, 60), weights=weights_of)
def test_the_division_is_the_one_that_gives_fen_away_singly(amount, weights):
    parts = [0] * len(weights)
    for _ in range(amount):
        furthest = max(
            range(len(weights)),
            key=lambda n: (weights[n] * _common(parts) // (2 * parts[n] + 1), weights[n], -n),
        )
        parts[furthest] += 1

    assert apportion(amount, weights) == tuple(parts)


def _common(parts):
    """A number all of the odd divisors divide, so that whole numbers compare fractions."""
    product = 1
    for divisor in {2 * part + 1 for part in parts}:
        product *= divisor
    return product


@pytest.mark.parametrize(
    ("amount", "weights"), [(-1, (1, 1)), (1, ()), (1, (0, 0)), (1, (2, -1)), (1, (1,) * 9)]
)
def test_what_cannot_be_divided_is_a_fault(amount, weights):
    with pytest.raises(ValueError, match="divided by weights"):
        apportion(amount, weights)


@given(
    principal=st.integers(30_000, 20_000_000),
    rate=st.integers(0, 2_400),
    tenor=st.sampled_from([12, 24, 36]),
    day=st.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31)),
)
def test_thirds_over_36_instalments_give_each_funder_back_exactly_what_it_gave(
    principal, rate, tenor, day
):
    gave = apportion(principal, (1, 1, 1))
    joint = shares(*gave, rates=[rate, rate + 60, rate + 30])
    rows = schedule(LoanTerms(principal, rate, tenor, day)).rows

    principals = [0, *accumulate(row.principal_minor for row in rows)]
    interests = [0, *accumulate(row.interest_minor for row in rows)]
    for running, split in ((principals, split_principal), (interests, split_interest)):
        brought = [
            [after - before for before, after in zip(split(joint, one), split(joint, two),
                                                     strict=True)]
            for one, two in pairwise(running)
        ]  # fmt: skip
        assert all(part >= 0 for row in brought for part in row)
        assert [sum(row) for row in brought] == [two - one for one, two in pairwise(running)]
        whole = [sum(column) for column in zip(*brought, strict=True)]
        assert tuple(whole) == split(joint, running[-1])
    assert split_principal(joint, principal) == gave


@given(
    total=st.integers(3, 20_000_000),
    payments=st.lists(st.integers(1, 10**6), min_size=1, max_size=60),
)
def test_repayments_of_any_size_are_split_whole_and_never_pass_what_a_funder_gave(total, payments):
    gave = apportion(total, (400_000, 300_000, 300_000))
    joint, repaid = shares(*gave), 0
    received = [0, 0, 0]
    for payment in payments:
        now = min(total, repaid + payment)
        before, after = split_principal(joint, repaid), split_principal(joint, now)
        brought = [two - one for one, two in zip(before, after, strict=True)]
        assert (sum(brought), min(brought) >= 0) == (now - repaid, True)
        received = [sum(pair) for pair in zip(received, brought, strict=True)]
        repaid = now

    assert all(one <= most for one, most in zip(received, gave, strict=True))
    assert sum(received) == repaid


def test_interest_goes_by_principal_and_own_rate_and_by_principal_alone_where_no_rate_is():
    by_rate = shares(4_000, 3_000, 3_000, rates=[730, 640, 720])
    free = shares(4_000, 3_000, 3_000, rates=[0, 0, 0])

    assert split_interest(by_rate, 7_000) == (2_920, 1_920, 2_160)
    assert split_interest(free, 100) == (40, 30, 30)


def test_the_platforms_fee_is_a_part_of_the_interest_received_rounded_down():
    joint = shares(1, 1, 1, fee_ppm=50_000)

    assert [service_fee(joint, interest) for interest in (0, 19, 20, 39, 2_000)] == [
        0, 0, 1, 1, 100,
    ]  # fmt: skip
