"""Lenders in process sign beside the lane: a version once, a range of answers once, provably."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tongtu.funding.api import Act, PolicySignature, kept_key, register_key, sign, write_policy
from tongtu.journey.lender_signature import LenderSigner, is_proved, prove_answer
from tongtu.kernel.errors import NotFound


@pytest.fixture
def signer(house, run):
    """Two of seven lenders have a registered key."""
    book = house.decisions.engine.book

    async def register():
        async with house.runtime.database.transaction() as connection:
            at = house.runtime.clock.now() - timedelta(minutes=1)
            for lender in book.lenders[:2]:
                public = kept_key(house.runtime.keys, lender.id).public_key().public_bytes_raw()
                await register_key(connection, (lender.number, public), lender.number, at, 0)

    run(register())
    return LenderSigner(house.runtime, book, lambda: house.decisions)


@pytest.fixture
def prove(house, run):
    async def look(decision, lender):
        async with house.runtime.database.reading() as connection:
            return await prove_answer(connection, house.decisions, 0, (decision, lender))

    return lambda decision, lender: run(look(decision, lender))


def public(house, number):
    lender = house.decisions.engine.book.lender(number)
    return kept_key(house.runtime.keys, lender.id).public_key().public_bytes_raw()


def decide(house, count):
    for number in range(count):
        house.apply(house.borrower(), key=f"apply-{number:08d}", device=f"device-{number}")
    house.runtime.clock.advance(timedelta(minutes=1))
    return [row[0] for row in house.rows("select id from origination.decision order by id")]


def test_one_answer_is_proved_under_its_lenders_signature(house, signer, prove, run):
    decisions = decide(house, 5)

    assert run(signer.step()) == 2  # a root for each registered lender, none for the others
    assert run(signer.step()) == 0  # each range once

    policy = house.decisions.engine.book.policy_hash(1)
    for decision in decisions:
        proof = prove(decision, 1)
        assert (proof.answer.decision, proof.answer.policy_hash) == (decision, policy)
        assert is_proved(proof, public(house, 1))
        assert not is_proved(proof, public(house, 2))
    signed = house.rows("select lender, policy_hash from funding.policy_signature order by 1")
    book = house.decisions.engine.book
    assert signed == [(1, book.policy_hash(1)), (2, book.policy_hash(2))]


def test_an_answer_that_was_changed_later_is_not_proved(house, signer, prove, run):
    [first, *_] = decide(house, 3)
    run(signer.step())
    proof = prove(first, 1)

    for changed in (
        replace(proof, answer=replace(proof.answer, words="no|lender_policy")),
        replace(proof, answer=replace(proof.answer, policy_hash="0" * 64)),
        replace(proof, root=replace(proof.root, answers=2)),
        replace(proof, root=replace(proof.root, last_decision=proof.root.last_decision + 1)),
        replace(proof, policy=replace(proof.policy, signature=proof.root.signature)),
    ):
        assert not is_proved(changed, public(house, 1))


def test_what_is_not_signed_is_not_found(house, signer, prove, run):
    [decision] = decide(house, 1)
    with pytest.raises(NotFound):
        prove(decision, 1)
    run(signer.step())
    with pytest.raises(NotFound):
        prove(decision, 3)  # its key was registered by nobody


def test_an_answer_is_proved_under_the_key_that_signed_it_whatever_key_came_before(
    house, signer, prove, run
):
    [decision] = decide(house, 1)
    earlier, policy = Ed25519PrivateKey.generate(), house.decisions.engine.book.policy_hash(1)
    at = house.runtime.clock.now() - timedelta(hours=1)
    made = sign(earlier, Act.POLICY, "1", policy.encode(), at)

    async def signed_before():
        async with house.runtime.database.transaction() as connection:
            before = PolicySignature(1, policy, made.key, int(made.time), made.signature)
            await write_policy(connection, before)

    run(signed_before())
    run(signer.step())

    assert is_proved(prove(decision, 1), public(house, 1))
