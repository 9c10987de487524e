"""Four eyes: nobody decides on their own proposal, and an approval is used once, as proposed."""

import asyncio
from datetime import timedelta

import pytest

from tongtu.identity.api import (
    Proposal,
    Role,
    approve,
    list_waiting,
    propose,
    reject,
    spend_approval,
)
from tongtu.identity.model import APPROVAL_LIFE
from tongtu.kernel.errors import BadInput, Conflict, NotAllowed, NotFound

WANTED = Proposal("raise_quota", 7, b'{"limit_minor":1}')


@pytest.fixture
def four_eyes(runtime, run):
    def call(action, *arguments):
        return run(inside(action, *arguments))

    async def inside(action, *arguments):
        async with runtime.database.transaction() as connection:
            return await action(connection, runtime, *arguments)

    call.inside = inside
    return call


async def refuse(connection, runtime, caller, identifier):
    return await reject(connection, runtime, caller, identifier, "not as it should be")


@pytest.mark.parametrize("reason", ["", "no", "   no   ", "x" * 501])
def test_a_refusal_without_a_reason_within_its_bound_decides_nothing(operators, four_eyes, reason):
    maker, checker = operators
    proposal = four_eyes(propose, maker, WANTED)

    with pytest.raises(BadInput):
        four_eyes(reject, checker, proposal.id, reason)

    [waiting] = four_eyes(list_waiting, (0, 10))
    assert (waiting.id, waiting.maker, waiting.operation) == (
        proposal.id, maker.subject, WANTED.operation
    )  # fmt: skip


def test_what_was_refused_waits_no_more_and_never_happens(operators, four_eyes):
    maker, checker = operators
    proposal = four_eyes(propose, maker, WANTED)

    four_eyes(refuse, checker, proposal.id)

    assert four_eyes(list_waiting, (0, 10)) == []
    with pytest.raises(Conflict):
        four_eyes(approve, checker, proposal.id)
    with pytest.raises(Conflict):
        four_eyes(spend_approval, proposal.id, WANTED)


def test_a_second_person_approves_and_the_approval_is_spent_once(operators, four_eyes):
    maker, checker = operators
    proposal = four_eyes(propose, maker, WANTED)

    approved = four_eyes(approve, checker, proposal.id)

    assert (approved.state, approved.maker, approved.checker) == (
        "approved", maker.subject, checker.subject,
    )  # fmt: skip
    four_eyes(spend_approval, proposal.id, WANTED)
    with pytest.raises(Conflict):
        four_eyes(spend_approval, proposal.id, WANTED)


def test_nobody_decides_on_their_own_proposal(operators, four_eyes):
    maker, checker = operators

    for decide in (approve, refuse):
        proposal = four_eyes(propose, maker, WANTED)
        with pytest.raises(NotAllowed) as refusal:
            four_eyes(decide, maker, proposal.id)
        assert refusal.value.code == "own_work"
        with pytest.raises(Conflict):
            four_eyes(spend_approval, proposal.id, WANTED)
        assert four_eyes(decide, checker, proposal.id).checker == checker.subject


def test_two_decisions_at_once_are_one(run, operators, four_eyes):
    maker, checker = operators
    proposal = four_eyes(propose, maker, WANTED)

    async def both():
        asks = (four_eyes.inside(act, checker, proposal.id) for act in (approve, refuse))
        return await asyncio.gather(*asks, return_exceptions=True)

    answers = run(both())
    assert sum(isinstance(each, Conflict) for each in answers) == 1


def test_an_approval_allows_exactly_what_was_proposed(operators, four_eyes):
    maker, checker = operators
    proposal = four_eyes(propose, maker, WANTED)
    four_eyes(approve, checker, proposal.id)

    for other in (
        Proposal("raise_quota", 7, b'{"limit_minor":2}'),
        Proposal("lower_quota", 7, WANTED.body),
        Proposal("raise_quota", 8, WANTED.body),
    ):
        with pytest.raises(Conflict):
            four_eyes(spend_approval, proposal.id, other)
    four_eyes(spend_approval, proposal.id, WANTED)


@pytest.mark.parametrize(
    "may",
    [
        (Role.OPERATOR, True, True), (Role.ANALYST, True, True), (Role.CLERK, True, False),
        (Role.LENDER, False, False), (Role.REGULATOR, False, False), (Role.BORROWER, False, False),
    ],
)  # fmt: skip
def test_who_proposes_and_who_decides_is_named_by_role(operators, four_eyes, rows, may):
    role, may_propose, may_decide = may
    maker, other = operators
    caller = other._replace(role=role)

    if may_propose:
        assert four_eyes(propose, caller, WANTED).maker == caller.subject
    else:
        with pytest.raises(NotAllowed):
            four_eyes(propose, caller, WANTED)
    assert rows("identity.approval") == [int(may_propose)]
    for decide, state in ((refuse, "rejected"), (approve, "approved")):
        proposal = four_eyes(propose, maker, WANTED)
        if may_decide:
            assert four_eyes(decide, caller, proposal.id).state == state
        else:
            with pytest.raises(NotAllowed):
                four_eyes(decide, caller, proposal.id)
            assert four_eyes(decide, other, proposal.id).state == state


def test_a_proposal_ends_by_time_and_borrowers_have_no_part(runtime, sign_in, operators, four_eyes):
    maker, checker = operators
    proposal = four_eyes(propose, maker, WANTED)
    borrower = sign_in().caller

    for action, argument in ((propose, WANTED), (approve, proposal.id)):
        with pytest.raises(NotAllowed):
            four_eyes(action, borrower, argument)
    runtime.clock.advance(APPROVAL_LIFE + timedelta(seconds=0))
    with pytest.raises(Conflict):
        four_eyes(approve, checker, proposal.id)
    with pytest.raises(NotFound):
        four_eyes(approve, checker, proposal.id + 1)
