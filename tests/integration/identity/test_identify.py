"""One resident id, one party; derived facts outside the vault, personal data inside, sealed."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date

import pytest

from tongtu.identity.api import (
    CommandKey,
    Role,
    VaultKind,
    find_profile,
    identify,
    platform,
    read_vault,
)
from tongtu.kernel.errors import BadInput, Conflict, KeyReused, NotFound

from .conftest import resident_id

KEY = CommandKey("key-00000001", b"h" * 32)
OTHER_BODY = CommandKey("key-00000001", b"i" * 32)


@pytest.fixture
def party(runtime, run):
    async def found(caller):
        async with runtime.database.reading() as connection:
            return dict(
                await connection.fetchrow(
                    "select is_identified, adult_on from identity.party where id = $1",
                    caller.subject,
                )
            )

    return lambda caller: run(found(caller))


@pytest.fixture
def vault(runtime, run):
    async def opened(caller, of, kinds=tuple(VaultKind)):
        async with runtime.database.transaction() as connection:
            return await read_vault(connection, runtime, caller, of.subject, kinds)

    return lambda caller, of: run(opened(caller, of))


def test_a_person_who_shows_the_card_is_identified_and_adult_from_18(
    runtime, run, sign_in, party, vault
):
    caller = sign_in().caller
    run(identify(runtime, caller, " 王 小明", resident_id("20081124").lower(), KEY))

    assert party(caller) == {"is_identified": True, "adult_on": date(2026, 11, 24)}
    assert vault(caller, caller) == {
        VaultKind.PHONE: "+8614412345678",
        VaultKind.NAME: "王 小明",
        VaultKind.RESIDENT_ID: resident_id("20081124"),
    }


def test_the_same_again_changes_nothing_under_the_same_or_another_key(runtime, run, sign_in, rows):
    caller = sign_in().caller
    run(identify(runtime, caller, "王小明", resident_id(), KEY))
    before = rows("identity.vault", "identity.handle")

    run(identify(runtime, caller, "王小明", resident_id(), KEY))
    run(identify(runtime, caller, "王小明", resident_id(), CommandKey("key-00000002", b"h" * 32)))

    assert rows("identity.vault", "identity.handle") == before == [3, 2]


def test_another_identity_is_refused_and_claims_nothing(runtime, run, sign_in, rows, party):
    caller = sign_in().caller
    run(identify(runtime, caller, "王小明", resident_id(), KEY))
    before = rows("identity.vault", "identity.handle"), party(caller)
    third = resident_id(sequence="003")

    for name, number, key, error in [
        ("王大明", resident_id(), None, Conflict),
        ("王小明", third, None, Conflict),
        ("王小明", third, OTHER_BODY, KeyReused),
        ("王2", resident_id(), None, BadInput),
        ("王小明", "110105194912310021", None, BadInput),
    ]:
        with pytest.raises(error):
            run(identify(runtime, caller, name, number, key))
        assert (rows("identity.vault", "identity.handle"), party(caller)) == before


def test_a_resident_id_belongs_to_one_party_even_when_two_ask_at_once(runtime, run, sign_in, party):
    callers = [sign_in("14411111111").caller, sign_in("14422222222").caller]

    async def both():
        asks = (identify(runtime, caller, "王小明", resident_id()) for caller in callers)
        return await asyncio.gather(*asks, return_exceptions=True)

    answers = run(both())

    refused = [each for each in answers if each is not None]
    assert [each.code for each in refused] == ["identity_taken"]
    assert sorted(party(caller)["is_identified"] for caller in callers) == [False, True]


class Meanwhile:
    """The database, with something else done between a call's claim and its record."""

    def __init__(self, database, other):
        self._database = database
        self._others = [None, other]

    def __getattr__(self, name):
        return getattr(self._database, name)

    @asynccontextmanager
    async def transaction(self):
        other = self._others.pop(0) if self._others else None
        if other is not None:
            await other()
        async with self._database.transaction() as connection:
            yield connection


@pytest.mark.parametrize(
    "failing", [("王大明", None), ("王大明", OTHER_BODY), ("王小明", OTHER_BODY)]
)
def test_a_call_that_fails_beside_one_that_identified_the_party_keeps_the_id_for_it(
    runtime, run, sign_in, party, failing
):
    name, key = failing
    mine, theirs = sign_in("14411111111").caller, sign_in("14422222222").caller

    async def other():
        await identify(runtime, mine, "王小明", resident_id(), KEY)

    between = replace(runtime, database=Meanwhile(runtime.database, other))
    with pytest.raises(Conflict):
        run(identify(between, mine, name, resident_id(), key))

    with pytest.raises(Conflict) as refused:
        run(identify(runtime, theirs, "王小明", resident_id()))
    assert refused.value.code == "identity_taken"
    assert [party(each)["is_identified"] for each in (mine, theirs)] == [True, False]


def test_a_call_that_fails_beside_another_identity_gives_its_id_back(
    runtime, run, sign_in, rows, party
):
    mine, theirs = sign_in("14411111111").caller, sign_in("14422222222").caller
    third = resident_id(sequence="003")

    async def other():
        await identify(runtime, mine, "王小明", resident_id(), KEY)

    between = replace(runtime, database=Meanwhile(runtime.database, other))
    with pytest.raises(Conflict):
        run(identify(between, mine, "王小明", third))
    assert rows("identity.handle") == [3]  # two phones and one resident id

    run(identify(runtime, theirs, "李小明", third))
    assert [party(each)["is_identified"] for each in (mine, theirs)] == [True, True]


def test_outside_the_demo_the_reserved_region_is_nobody(runtime, run, sign_in, party):
    caller = sign_in().caller
    real = replace(runtime, settings=replace(runtime.settings, demo=False))

    with pytest.raises(BadInput):
        run(identify(real, caller, "王小明", resident_id()))

    assert party(caller)["is_identified"] is False


def test_a_person_sees_their_own_data_masked(runtime, run, sign_in):
    caller = sign_in().caller
    run(identify(runtime, caller, "王小明", resident_id()))

    async def profile():
        async with runtime.database.transaction() as connection:
            return await find_profile(connection, runtime, caller)

    found = run(profile())
    assert (found.phone_masked, found.name_masked) == ("144****5678", "王**")


def test_every_look_into_the_vault_is_logged_and_only_staff_may_look_at_others(
    runtime, sign_in, operators, vault, rows
):
    mine, theirs = sign_in("14411111111").caller, sign_in("14422222222").caller
    strangers = [
        theirs, operators[0]._replace(role=Role.ANALYST), operators[0]._replace(role=Role.LENDER),
        operators[0]._replace(role=Role.REGULATOR),
    ]  # fmt: skip

    for stranger in strangers:
        with pytest.raises(NotFound):
            vault(stranger, mine)
    assert rows("identity.vault_access") == [0]

    for reader in (mine, operators[0], platform(runtime, mine.subject)):
        assert vault(reader, mine) == {VaultKind.PHONE: "+8614411111111"}
    assert rows("identity.vault_access") == [3]


def test_a_sealed_value_moved_to_another_row_does_not_open(runtime, run, sign_in, vault):
    mine, theirs = sign_in("14411111111").caller, sign_in("14422222222").caller

    async def move():
        async with runtime.database.transaction() as connection:
            await connection.execute(
                "update identity.vault set sealed = (select sealed from identity.vault "
                "where party = $2) where party = $1",
                mine.subject,
                theirs.subject,
            )

    run(move())
    with pytest.raises(Exception, match="does not open"):
        vault(mine, mine)
