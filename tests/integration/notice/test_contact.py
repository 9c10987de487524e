"""A contact about a debt: at its hours, so many a day, never with a threat; a refused one leaves nothing."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from tongtu.identity.api import finish_sign_in, start_sign_in
from tongtu.kernel.errors import NotFound
from tongtu.notice.api import (
    Attempt,
    Channel,
    ContactNotAllowed,
    contact,
    note_answer,
    read_inbox,
)
from tongtu.policy.api import Pack

PHONE = "14412345678"
PACK = Pack.load("cn/2026.08")
LOAN, AGENT = 77, 78


@pytest.fixture
def person(runtime, run):
    codes = []

    async def deliver(connection, message):
        codes.append(message.code)

    async def made():
        challenge = await start_sign_in(runtime, PHONE, "127.0.0.1", deliver)
        return (await finish_sign_in(runtime, challenge.text, codes[-1])).caller

    return run(made())


def to_clock(runtime, hour, minute, second):
    """Move to a time of a day of the pack's zone, a later day than now's."""
    day = date(2026, 12, 1)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    at += timedelta(hours=hour, minutes=minute, seconds=second)
    runtime.clock.advance(at - runtime.clock.now())


async def tried(runtime, person, channel=Channel.CALL, script=""):
    wish = Attempt(person.subject, LOAN, channel, AGENT, script)
    async with runtime.database.transaction() as connection:
        return await contact(connection, runtime, PACK, wish)


async def logged(runtime):
    async with runtime.database.reading() as connection:
        rows = await connection.fetch("select * from notice.contact order by id")
        overdue = "select count(*) from notice.box where template = 'overdue'"
        return rows, await connection.fetchval(overdue)


@pytest.mark.parametrize("clock", [(22, 0, 1), (22, 0, 0), (7, 59, 59)])
@pytest.mark.parametrize("channel", list(Channel))
def test_a_contact_at_22_00_01_or_any_second_of_the_night_is_refused_and_leaves_nothing(
    clock, channel, runtime, run, person
):
    to_clock(runtime, *clock)

    with pytest.raises(ContactNotAllowed, match="COLL-01") as fault:
        run(tried(runtime, person, channel))

    assert fault.value.code == "outside_contact_hours"
    assert run(logged(runtime)) == ([], 0)


@pytest.mark.parametrize("clock", [(8, 0, 0), (21, 59, 59)])
def test_a_message_at_the_first_and_last_second_of_the_hours_is_sent_and_logged(
    clock, runtime, run, person
):
    to_clock(runtime, *clock)

    number = run(tried(runtime, person, Channel.MESSAGE))

    rows, overdue = run(logged(runtime))
    assert [(row["id"], row["loan"], row["actor"], row["pack_hash"]) for row in rows] == [
        (number, LOAN, AGENT, PACK.hash)
    ]
    assert overdue == 1

    async def inbox():
        async with runtime.database.reading() as connection:
            return await read_inbox(connection, runtime, PHONE)

    assert "有一期已到期未还" in run(inbox())[0].text


def test_the_seventh_call_nobody_took_is_refused_and_two_agents_at_once_are_counted_as_two(
    runtime, run, person
):
    to_clock(runtime, 10, 0, 0)

    async def together():
        asked = (tried(runtime, person) for _ in range(8))
        return await asyncio.gather(*asked, return_exceptions=True)

    found = run(together())

    refused = [one for one in found if isinstance(one, ContactNotAllowed)]
    assert [one.code for one in refused] == ["contact_too_often"] * 2
    assert len(run(logged(runtime))[0]) == 6
    runtime.clock.advance(timedelta(days=1))
    run(tried(runtime, person))


def test_after_three_calls_that_were_taken_nobody_calls_again_that_day(runtime, run, person):
    to_clock(runtime, 10, 0, 0)

    async def taken(number, party):
        async with runtime.database.transaction() as connection:
            await note_answer(connection, runtime, party, number)

    for _ in range(3):
        run(taken(run(tried(runtime, person)), person.subject))

    with pytest.raises(ContactNotAllowed, match="COLL-02"):
        run(tried(runtime, person))
    with pytest.raises(NotFound):
        run(taken(4_242, person.subject))
    assert [row["is_answered"] for row in run(logged(runtime))[0]] == [True] * 3


@pytest.mark.parametrize(
    "script", ["再不还就等着坐牢", "我是公安局的", "给你曝光到朋友圈", "您可以再借一笔还上"]
)
def test_a_script_that_threatens_lies_or_lends_anew_is_held(script, runtime, run, person):
    to_clock(runtime, 10, 0, 0)

    with pytest.raises(ContactNotAllowed, match="COLL-04"):
        run(tried(runtime, person, script=script))

    assert run(logged(runtime)) == ([], 0)
