"""What a lender answered is proved over HTTP, to itself and to who watches, and to nobody else."""

import json
from datetime import timedelta

import pytest
from tests.integration.origination.conftest import House
from tests.loaded import shipped_engine

from tongtu.funding.api import kept_key, register_key
from tongtu.funding.store.answer_root import AnswerRoot, PolicySignature
from tongtu.identity.api import Role
from tongtu.journey.api import AnswerProof, LenderSigner, decision_lane, is_proved
from tongtu.origination.flow.remote import Answered


@pytest.fixture
def signed(api, parts, run):
    """One decision whose first lender has a registered key, its answers signed."""
    lane = parts.decisions = decision_lane(parts.runtime, shipped_engine(parts.runtime.public))
    run(lane.start())
    runtime, book = parts.runtime, lane.engine.book

    async def register():
        async with runtime.database.transaction() as connection:
            at = runtime.clock.now() - timedelta(minutes=1)
            public = kept_key(runtime.keys, book.lenders[0].id).public_key().public_bytes_raw()
            number = book.lenders[0].number
            await register_key(connection, (number, public), number, at, 0)

    try:
        house = House(runtime, lane, run)
        answer = json.loads(house.apply(house.borrower()).body)
        run(register())
        runtime.clock.advance(timedelta(minutes=1))
        run(LenderSigner(runtime, book, lambda: lane).step())
        yield answer["decision"], book.lenders[0]
    finally:
        run(lane.stop())


def read(told):
    """Return the proof as somebody who has nothing but the answer's JSON reads it."""
    number, lender = int(told["number"]), told["lender_number"]
    root, policy = told["root_signed"], told["policy_signed"]
    return AnswerProof(
        Answered(number, lender, told["policy"], told["words"]),
        told["position"],
        tuple(bytes.fromhex(one) for one in told["path"]),
        AnswerRoot(0, lender, int(told["after"]), int(told["last"]), told["answers"],
                   bytes.fromhex(told["root"]), **root),
        PolicySignature(lender, told["policy"], **policy),
    )  # fmt: skip


def test_a_lender_and_the_regulator_read_a_proof_that_holds_under_its_key(
    api, parts, staff, signed
):
    decision, lender = signed
    path = f"/v1/decisions/{decision}/lenders/{lender.id}/proof"
    public = kept_key(parts.runtime.keys, lender.id).public_key().public_bytes_raw()

    for token in (staff(Role.REGULATOR), staff(Role.LENDER, lender.number)):
        told = api.get(path, token=token).json()

        assert (told["decision"], told["lender"]) == (decision, lender.id)
        assert is_proved(read(told), public)
        assert not is_proved(read(told | {"words": f"{told['words']} "}), public)


def test_another_lenders_answer_is_not_there(api, staff, signed):
    decision, lender = signed
    path = f"/v1/decisions/{decision}/lenders/{lender.id}/proof"

    assert api.get(path, token=staff(Role.LENDER, lender.number + 1)).status_code == 404
    assert (
        api.get(path.replace(lender.id, "nobody"), token=staff(Role.REGULATOR)).status_code == 404
    )
