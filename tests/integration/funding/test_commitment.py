from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tongtu.funding.api import (
    CommitmentState,
    LenderDecision,
    Reservation,
    Share,
    Shares,
    commit,
    find_commitment,
    find_shares,
    mark_disbursed,
    quotas,
    release,
    reserve,
    reserve_quota,
    share_out,
)
from tongtu.kernel.errors import Broken, Conflict, NotFound

DAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 1, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
WHOLE = 20_000_000_000
RESERVATION = Reservation(
    id=77, application=5_001, program=301, lender=3, amount_minor=3_000_000, day=DAY
)
YES = LenderDecision(policy_hash="a" * 64, decided_at=AT)


@pytest.fixture
def do(opened, run):
    """Run one flow function in a transaction of its own."""

    def step(flow, *arguments):
        async def work():
            async with opened.transaction() as connection:
                return await flow(connection, 0, *arguments)

        return run(work())

    return step


@pytest.fixture
def reserved(do):
    do(reserve_quota, DAY, {301: 3_000_000})
    return do(reserve, RESERVATION, AT)


def left(do):
    return do(quotas, DAY)[301]


def test_a_promise_goes_from_reserved_by_the_lenders_own_yes_to_disbursed(do, reserved):
    assert (reserved.state, reserved.decision) == (CommitmentState.RESERVED, None)

    committed = do(commit, 77, YES, AT)
    disbursed = do(mark_disbursed, 77, LATER)

    assert (committed.state, committed.decision) == (CommitmentState.COMMITTED, YES)
    assert (disbursed.state, disbursed.decision) == (CommitmentState.DISBURSED, YES)
    assert disbursed.reservation == RESERVATION
    assert do(find_commitment, 77) == disbursed
    assert left(do) == WHOLE - 3_000_000


def test_every_step_may_be_repeated_and_has_one_effect(do, reserved):
    assert do(reserve, RESERVATION, LATER) == reserved
    first = do(commit, 77, YES, AT)
    assert do(commit, 77, YES, LATER) == first
    gone = do(release, 77, LATER)
    assert do(release, 77, LATER) == gone

    assert gone.state is CommitmentState.RELEASED
    assert left(do) == WHOLE


@pytest.mark.parametrize(
    ("done", "tried"),
    [
        ([], (mark_disbursed, 77, AT)),
        ([(commit, 77, YES, AT), (mark_disbursed, 77, AT)], (release, 77, AT)),
        ([(commit, 77, YES, AT), (mark_disbursed, 77, AT)], (commit, 77, YES, AT)),
        ([(release, 77, AT)], (commit, 77, YES, AT)),
        ([(release, 77, AT)], (mark_disbursed, 77, AT)),
        ([(commit, 77, YES, AT)], (commit, 77, LenderDecision("b" * 64, AT), AT)),
    ],
)
def test_a_step_out_of_order_changes_nothing(do, reserved, done, tried):
    for step in done:
        do(*step)
    before, quota = do(find_commitment, 77), left(do)

    with pytest.raises(Conflict):
        do(*tried)

    assert do(find_commitment, 77) == before
    assert left(do) == quota


@pytest.mark.parametrize(
    "other", [{"amount_minor": 3_000_001}, {"application": 5_002}, {"id": 78}, {"program": 401}]
)
def test_an_id_or_an_application_serves_one_promise(do, reserved, other):
    with pytest.raises(Conflict):
        do(reserve, replace(RESERVATION, **other), AT)

    assert do(find_commitment, 77) == reserved
    with pytest.raises(NotFound):
        do(find_commitment, 78)


def test_a_promise_that_does_not_exist_cannot_move(do, opened):
    for step in ((commit, 9, YES, AT), (mark_disbursed, 9, AT), (release, 9, AT)):
        with pytest.raises(NotFound):
            do(*step)


def _shares(first=1_800_000, second=1_200_000):
    return Shares((Share(3, first, 750), Share(1, second, 640)), 31, 30, 50_000)


SAID = ({3: "a" * 64, 1: "b" * 64}, AT)


def test_a_commitment_is_shared_out_once(do, reserved):
    do(share_out, reserved.reservation.id, _shares(), SAID)
    do(share_out, reserved.reservation.id, _shares(), SAID)

    assert do(find_shares, RESERVATION.application) == _shares()
    with pytest.raises(Conflict, match="otherwise"):
        do(share_out, reserved.reservation.id, _shares(1_200_000, 1_800_000), SAID)
    assert do(find_shares, RESERVATION.application) == _shares()


def test_shares_that_are_not_the_whole_are_refused(do, reserved):
    with pytest.raises(Broken, match="not what is lent"):
        do(share_out, reserved.reservation.id, _shares(second=1_199_999), SAID)
    with pytest.raises(NotFound):
        do(share_out, reserved.reservation.id + 1, _shares(), SAID)

    assert do(find_shares, RESERVATION.application) is None
