"""Tokens: sealed and found by hash, ended by time or by hand, believed for five seconds at most."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from tongtu.identity.api import Caller, Doorkeeper, Role, authorise, issue_token, revoke
from tongtu.identity.flow.revocation import Revocations
from tongtu.identity.flow.sealed_token import TokenSeal
from tongtu.identity.model import TOKEN_LIFE
from tongtu.identity.store.token import FIRST, Found
from tongtu.kernel.errors import NotReady, NotSignedIn


@pytest.fixture
def doorkeeper(runtime, run):
    made = Doorkeeper(runtime)
    run(made.start())
    yield made
    run(made.stop())


def test_a_token_speaks_for_its_caller(runtime, run, sign_in, operators, doorkeeper):
    borrower = sign_in()
    staff = run(issue_token(runtime, operators[0]))

    for token in (borrower, staff):
        assert run(authorise(runtime, token.text)) == token.caller
        assert run(doorkeeper.authorise(token.text)) == token.caller
    assert staff.caller == Caller(Role.OPERATOR, operators[0].subject, 0, 0)


def test_the_table_holds_no_token(runtime, run, sign_in):
    token = sign_in()

    async def everything():
        async with runtime.database.reading() as connection:
            return str(await connection.fetch("select * from identity.token"))

    assert token.text not in run(everything())


def test_anything_else_is_nobody(runtime, run, doorkeeper):
    for text in ("", "x", "a" * 43, "a" * 65, "令牌" * 20, "\x00" * 43, "a" * 100_000):
        for ask in (doorkeeper.authorise(text), authorise(runtime, text)):
            with pytest.raises(NotSignedIn):
                run(ask)


def test_a_token_ends_at_its_time_even_when_remembered(runtime, run, sign_in, doorkeeper):
    token = sign_in()
    runtime.clock.advance(TOKEN_LIFE - timedelta(seconds=1))
    run(doorkeeper.authorise(token.text))

    runtime.clock.advance(timedelta(seconds=1))

    with pytest.raises(NotSignedIn):
        run(doorkeeper.authorise(token.text))


def test_a_revoked_token_is_nobody_here_at_once_and_elsewhere_after_five_seconds(
    runtime, run, sign_in, doorkeeper
):
    mine, other = sign_in("14411111111"), sign_in("14422222222")
    for token in (mine, other):
        run(doorkeeper.authorise(token.text))

    run(doorkeeper.revoke(mine.caller, mine.text))
    run(revoke(runtime, other.caller, other.text))  # another process does it

    with pytest.raises(NotSignedIn):
        run(doorkeeper.authorise(mine.text))
    runtime.clock.advance(timedelta(seconds=5))
    with pytest.raises(NotSignedIn):
        run(doorkeeper.authorise(other.text))


def test_many_asked_at_once_each_get_their_own_caller(run, sign_in, doorkeeper):
    tokens = [sign_in(f"144{n:08d}") for n in range(12)]

    async def all_at_once():
        asks = [doorkeeper.authorise(token.text) for token in tokens]
        asks.insert(5, doorkeeper.authorise("b" * 43))
        return await asyncio.gather(*asks, return_exceptions=True)

    answers = run(all_at_once())
    nobody = answers.pop(5)
    assert isinstance(nobody, NotSignedIn)
    assert answers == [token.caller for token in tokens]


class Away:
    """A database that does not answer."""

    async def look(self, *_):
        raise NotReady("away")

    @asynccontextmanager
    async def transaction(self):
        raise NotReady("away")
        yield

    async def lane_connection(self):
        raise OSError("away")


def test_a_sealed_token_is_read_without_the_database_for_five_seconds_and_no_longer(
    runtime, run, sign_in, doorkeeper
):
    token = sign_in()
    run(doorkeeper.revocations.look())
    there = runtime.database

    async def is_looked_up():
        return isinstance(doorkeeper.ask(token.text), asyncio.Future)

    try:
        object.__setattr__(runtime, "database", Away())
        runtime.clock.advance(timedelta(seconds=4.9))
        assert doorkeeper.ask(token.text) == token.caller

        runtime.clock.advance(timedelta(seconds=0.1))
        with pytest.raises(NotReady):
            run(doorkeeper.revocations.look())
        assert not doorkeeper.revocations.is_known
        assert run(is_looked_up())
    finally:
        object.__setattr__(runtime, "database", there)


def test_whoever_ends_a_token_by_whatever_statement_ends_it_at_the_next_look(
    runtime, run, sign_in, operators, doorkeeper
):
    mine, other = sign_in("14411111111"), sign_in("14422222222")

    async def end():
        async with runtime.database.transaction() as connection:
            await connection.execute(
                "update identity.token set revoked_at = $1 where subject = $2",
                runtime.clock.now(), mine.caller.subject,
            )  # fmt: skip

    run(end())
    run(doorkeeper.revocations.look())

    with pytest.raises(NotSignedIn):
        doorkeeper.ask(mine.text)
    assert doorkeeper.ask(other.text) == other.caller
    # A process that starts later knows as well.
    later = Revocations(runtime)
    run(later.look())
    assert later._ended.keys() == doorkeeper.revocations._ended.keys() != set()


def test_a_token_ended_by_a_commit_that_comes_late_is_seen_all_the_same(
    runtime, run, sign_in, doorkeeper
):
    """It began before the look and commits after it: a mark in time or by number would pass it."""
    mine, other = sign_in("14411111111"), sign_in("14422222222")

    async def late():
        async with runtime.database.transaction() as slow:
            await slow.execute(
                "update identity.token set revoked_at = $1 where subject = $2",
                runtime.clock.now(), mine.caller.subject,
            )  # fmt: skip
            await revoke(runtime, other.caller, other.text)  # a younger transaction, done first
            await doorkeeper.revocations.look()
            with pytest.raises(NotSignedIn):
                doorkeeper.ask(other.text)
            assert doorkeeper.ask(mine.text) == mine.caller
        await doorkeeper.revocations.look()

    run(late())

    with pytest.raises(NotSignedIn):
        doorkeeper.ask(mine.text)


def test_a_token_that_was_ended_stays_ended_when_a_clock_that_was_ahead_is_set_right(
    runtime, run, sign_in, doorkeeper
):
    mine, other = sign_in("14411111111"), sign_in("14422222222")
    ahead = TOKEN_LIFE + timedelta(hours=1)
    run(revoke(runtime, mine.caller, mine.text))
    runtime.clock.advance(ahead)
    run(doorkeeper.revocations.look())  # nothing that was ended would still live, it thinks
    runtime.clock.advance(-ahead)
    there = runtime.database

    try:  # it knows nothing until it has read all anew
        object.__setattr__(runtime, "database", Away())
        with pytest.raises(NotReady):
            run(doorkeeper.revocations.look())
        assert not doorkeeper.revocations.is_known
    finally:
        object.__setattr__(runtime, "database", there)
    run(doorkeeper.revocations.look())

    assert doorkeeper.revocations.is_known
    with pytest.raises(NotSignedIn):
        doorkeeper.ask(mine.text)
    assert doorkeeper.ask(other.text) == other.caller


def test_in_another_servers_history_everything_is_read_anew(runtime, run, sign_in, doorkeeper):
    mine = sign_in()
    run(revoke(runtime, mine.caller, mine.text))
    known = Revocations(runtime)
    known._since = str(1 << 60)  # of a server that had come further

    run(known.look())

    assert (known._since, known.is_known, known._ended) == (FIRST, False, {})
    run(known.look())
    assert (known.is_known, len(known._ended)) == (True, 1)


@pytest.mark.parametrize(
    "role", [role for role in Role if role is not Role.BORROWER], ids=lambda role: role.value
)
def test_whoever_has_the_key_is_no_member_of_staff_and_no_partner_by_it(
    runtime, run, doorkeeper, role
):
    """Their tokens count by their rows; a borrower's seal is believed, and needs no row."""
    until = runtime.clock.now() + timedelta(days=1)
    seal = TokenSeal(runtime.keys, runtime.token_mark, runtime.settings.token_epoch)
    forged = seal.seal(Found(Caller(role, 1 << 22, 8, 0), until), runtime.entropy)
    borrower = Caller(Role.BORROWER, 1 << 22, 0, 0)

    with pytest.raises(NotSignedIn):
        run(doorkeeper.authorise(forged))
    own = run(issue_token(runtime, Caller(role, 2 << 22, 8, 0)))
    assert run(doorkeeper.authorise(own.text)) == own.caller
    assert doorkeeper.ask(own.text) == own.caller  # looked up just now
    assert doorkeeper.ask(seal.seal(Found(borrower, until), runtime.entropy)) == borrower


def test_with_a_new_epoch_tokens_of_before_count_by_their_row_alone(runtime, run, sign_in):
    mine, ended = sign_in("14411111111"), sign_in("14422222222")
    forged = sign_in("14433333333")

    async def forget():
        async with runtime.database.transaction() as connection:
            await connection.execute(
                "delete from identity.token where subject = $1", forged.caller.subject
            )

    run(forget())  # as if somebody had sealed it with a stolen key
    run(revoke(runtime, ended.caller, ended.text))
    settings = replace(runtime.settings, token_epoch=2)
    later = Doorkeeper(replace(runtime, settings=settings))
    run(later.start())
    try:
        assert run(later.authorise(mine.text)) == mine.caller
        for text in (ended.text, forged.text):
            with pytest.raises(NotSignedIn):
                run(later.authorise(text))
    finally:
        run(later.stop())
