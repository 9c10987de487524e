"""The mask always equals the live rows; a use is the live part of what was asked for."""

import asyncio

import pytest

from tongtu.identity.api import (
    Grant,
    Scope,
    grant_consents,
    list_consents,
    withdraw_consent,
)
from tongtu.kernel.errors import BadInput, NotFound

BOTH = [Grant(Scope.IDENTITY_CHECK), Grant(Scope.SHARE_LENDER, 3)]
MASK = (1 << 0) | (1 << 11)


@pytest.fixture
def consents(runtime, run):
    class Consents:
        def grant(self, caller, grants, version="2026.08"):
            return run(self.granted(caller, grants, version))

        async def granted(self, caller, grants, version="2026.08"):
            async with runtime.database.transaction() as connection:
                return await grant_consents(connection, runtime, caller, grants, version)

        def withdraw(self, caller, identifier):
            async def withdrawn():
                async with runtime.database.transaction() as connection:
                    return await withdraw_consent(connection, runtime, caller, identifier)

            return run(withdrawn())

        def use(self, parties, masks):
            async def used():
                async with runtime.database.transaction() as connection:
                    return await connection.fetchval(
                        "select identity.use_consents(0::smallint, $1, $2::int8[], $3::int8[], $4)",
                        runtime.ids.new(0),
                        parties,
                        masks,
                        runtime.clock.now(),
                    )

            return run(used())

        def state(self, caller):
            async def found():
                async with runtime.database.reading() as connection:
                    mask = await connection.fetchval(
                        "select consent_mask from identity.party where id = $1", caller.subject
                    )
                    return mask, await list_consents(connection, caller)

            return run(found())

    return Consents()


def test_granted_consents_are_live_in_rows_and_mask_and_leave_a_leaf_each(sign_in, consents, rows):
    caller = sign_in().caller
    granted = consents.grant(caller, BOTH)

    mask, live = consents.state(caller)
    assert (mask, live) == (MASK, granted)
    assert [(each.scope, each.recipient) for each in live] == [
        (Scope.IDENTITY_CHECK, 0),
        (Scope.SHARE_LENDER, 3),
    ]
    assert rows("evidence.batch") == [1]


def test_the_same_version_again_is_the_same_consent_and_a_new_version_replaces_it(
    sign_in, consents, rows
):
    caller = sign_in().caller
    first = consents.grant(caller, BOTH)

    assert consents.grant(caller, BOTH) == first
    assert rows("identity.consent", "evidence.batch") == [2, 1]

    [newer, kept] = sorted(consents.grant(caller, BOTH[:1], "2027.01"), key=lambda c: c.recipient)
    assert (newer.version, kept) == ("2027.01", first[1])
    assert consents.state(caller)[0] == MASK
    assert rows("identity.consent") == [3]


def test_a_withdrawn_consent_is_gone_from_the_mask_and_can_be_given_again(sign_in, consents):
    caller = sign_in().caller
    first, second = consents.grant(caller, BOTH)

    assert consents.withdraw(caller, second.id) == [first]
    assert consents.state(caller) == (1, [first])
    consents.grant(caller, BOTH[1:])
    assert consents.state(caller)[0] == MASK


def test_nobody_withdraws_for_another_nor_twice(sign_in, consents):
    mine, theirs = sign_in("14411111111").caller, sign_in("14422222222").caller
    [consent] = consents.grant(mine, BOTH[:1])

    with pytest.raises(NotFound):
        consents.withdraw(theirs, consent.id)
    assert consents.state(mine) == (1, [consent])
    consents.withdraw(mine, consent.id)
    with pytest.raises(NotFound):
        consents.withdraw(mine, consent.id)


def test_none_too_many_or_doubled_grants_leave_nothing(sign_in, consents, rows):
    caller = sign_in().caller
    too_many = [Grant(Scope.SHARE_LENDER, n) for n in range(49)]

    for grants in ([], BOTH + BOTH[:1], too_many):
        with pytest.raises(BadInput):
            consents.grant(caller, grants)

    assert consents.state(caller) == (0, [])
    assert rows("identity.consent", "evidence.batch") == [0, 0]


def test_grants_at_once_leave_mask_and_rows_equal(runtime, run, sign_in, consents):
    caller = sign_in().caller

    async def many():
        await asyncio.gather(
            *(consents.granted(caller, [Grant(Scope.SHARE_LENDER, n)]) for n in range(1, 7)),
            *(consents.granted(caller, BOTH) for _ in range(3)),
        )

    run(many())
    mask, live = consents.state(caller)
    assert mask == 1 | sum(1 << (8 + n) for n in range(1, 7))
    assert len(live) == 7


def test_a_use_gives_each_party_the_live_part_of_its_mask_and_one_row_a_batch(
    sign_in, consents, rows
):
    mine, theirs = sign_in("14411111111").caller, sign_in("14422222222").caller
    consents.grant(mine, BOTH)

    used = consents.use([theirs.subject, mine.subject, mine.subject, 42], [3, 3, MASK, 1])

    assert used == [0, 1, MASK, 0]
    assert consents.use([], []) == []
    assert rows("identity.consent_use") == [1]
