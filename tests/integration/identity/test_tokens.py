"""Tokens: found by hash, ended by time or by hand, remembered for five seconds at most."""

import asyncio
from datetime import timedelta

import pytest

from tongtu.identity.api import Caller, Doorkeeper, Role, authorise, issue_token, revoke
from tongtu.identity.model import TOKEN_LIFE
from tongtu.kernel.errors import NotSignedIn


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
    runtime.clock.advance(timedelta(seconds=4.9))
    assert run(doorkeeper.authorise(other.text)) == other.caller
    runtime.clock.advance(timedelta(seconds=0.1))
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
