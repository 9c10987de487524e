"""A push goes to who asked for it, at its hours, once a day; a refused one leaves nothing."""

import asyncio
from datetime import date, timedelta

import pytest

from tongtu.identity.api import (
    Grant,
    Scope,
    finish_sign_in,
    grant_consents,
    start_sign_in,
    withdraw_consent,
)
from tongtu.notice.api import (
    WEEK_FULL,
    Attempt,
    Channel,
    Push,
    PushChoice,
    PushNotAllowed,
    choose_pushes,
    contact,
    push,
    read_inbox,
)
from tongtu.notice.push import NO_LAW, NOT_ASKED_FOR
from tongtu.policy.api import Pack

ADULT = date(2010, 1, 1)
PHONE = "14412345678"


@pytest.fixture(scope="session")
def pack():
    return Pack.load("cn/2026.08")


@pytest.fixture
def person(runtime, run):
    """Somebody identified, who agreed to marketing and chose pushes."""
    codes = []

    async def deliver(connection, message):
        codes.append(message.code)

    async def made():
        challenge = await start_sign_in(runtime, PHONE, "127.0.0.1", deliver)
        caller = (await finish_sign_in(runtime, challenge.text, codes[-1])).caller
        await turn(runtime, caller, adult_on=ADULT)
        async with runtime.database.transaction() as connection:
            grants = [Grant(Scope.MARKETING, 0)]
            await grant_consents(connection, runtime, caller, grants, "2026.08")
        return caller

    return run(made())


async def turn(runtime, caller, adult_on=None, **chosen):
    """Change who the person is, or what they chose."""
    stated = {"is_on": True, "is_student": False, "is_plain": False} | chosen
    async with runtime.database.transaction() as connection:
        if adult_on:
            await connection.execute(
                "update identity.party set is_identified = true, adult_on = $2 where id = $1",
                caller.subject,
                adult_on,
            )
        choice = PushChoice(caller.subject, **stated, changed_at=runtime.clock.now())
        await choose_pushes(connection, caller.cell, choice)


async def pushed(runtime, pack, caller):
    wish = Push(caller.subject, "goods_offer", {"item": "手机"}, "您刚才浏览了它。")
    async with runtime.database.transaction() as connection:
        return await push(connection, runtime, pack, wish)


async def sent(runtime):
    async with runtime.database.reading() as connection:
        log = await connection.fetch("select * from notice.push order by id")
        return log, [one.text for one in await read_inbox(connection, runtime, PHONE)]


def test_a_push_that_was_asked_for_is_sent_and_logged_with_its_consent_once_a_day(
    runtime, run, pack, person
):
    async def story():
        found = await asyncio.gather(
            *(pushed(runtime, pack, person) for _ in range(4)), return_exceptions=True
        )
        async with runtime.database.reading() as connection:
            consent = await connection.fetchval("select id from identity.consent")
        return found, consent, await sent(runtime)

    found, consent, (log, texts) = run(story())

    (identifier,) = [one for one in found if isinstance(one, int)]
    assert [type(one) for one in found if one != identifier] == [PushNotAllowed] * 3
    assert [(one["id"], one["consent"], one["consent_version"]) for one in log] == [
        (identifier, consent, "2026.08")
    ]
    assert [text.startswith("【通途】手机 可分期") for text in texts] == [True]
    assert "您刚才浏览了它。" in texts[0]

    runtime.clock.advance(timedelta(days=1))
    run(turn(runtime, person, is_plain=True))
    run(pushed(runtime, pack, person))
    log, texts = run(sent(runtime))
    assert (len(log), log[1]["is_plain"], log[1]["reason"]) == (2, True, "")
    assert "您刚才浏览了它。" not in texts[0]


def test_nobody_else_is_pushed_to_and_nothing_is_written(runtime, run, pack, person):
    async def refused(rule):
        with pytest.raises(PushNotAllowed, match=rule):
            await pushed(runtime, pack, person)
        assert await sent(runtime) == ([], [])

    async def story():
        await turn(runtime, person, is_student=True)
        await refused("PRIV-05$")
        await turn(runtime, person, is_on=False)
        await refused("PRIV-05$")
        await turn(runtime, person, adult_on=date(2026, 11, 25))
        await refused("PRIV-05$")
        await turn(runtime, person, adult_on=ADULT)
        runtime.clock.advance(timedelta(seconds=-1))  # 08:59:59
        await refused(r"PRIV-05\.hours$")
        runtime.clock.advance(timedelta(hours=12, seconds=1))  # 21:00:00
        await refused(r"PRIV-05\.hours$")
        runtime.clock.advance(timedelta(hours=-12))
        async with runtime.database.transaction() as connection:
            consent = await connection.fetchval("select id from identity.consent")
            await withdraw_consent(connection, runtime, person, consent)
        await refused("PRIV-01.version")
        async with runtime.database.transaction() as connection:
            await connection.execute("delete from notice.push_choice")
        await refused("PRIV-05")

    run(story())


@pytest.mark.parametrize("country", ["eu/2026.11", "us/2026.01"])
def test_under_a_pack_that_says_nothing_of_pushes_nobody_is_pushed_to(
    runtime, run, person, country
):
    with pytest.raises(PushNotAllowed) as refused:
        run(pushed(runtime, Pack.load(country), person))

    assert refused.value.rules == (NO_LAW,)
    assert run(sent(runtime)) == ([], [])


class HoursOnly:
    """A pack whose one rule of pushes is about something else than the person's own word."""

    id = "hours/only"

    def facts_needed(self, point, at):
        return {"second_of_day": "integer"}

    def compile(self, point, at):
        return lambda facts: ()


def test_no_pack_lets_somebody_be_pushed_to_who_did_not_ask_for_it(runtime, run, person):
    async def refused():
        with pytest.raises(PushNotAllowed) as against:
            await pushed(runtime, HoursOnly(), person)
        return against.value.rules, await sent(runtime)

    async def story():
        await turn(runtime, person, is_on=False)
        off = await refused()
        await turn(runtime, person)
        async with runtime.database.transaction() as connection:
            consent = await connection.fetchval("select id from identity.consent")
            await withdraw_consent(connection, runtime, person, consent)
        withdrawn = await refused()
        async with runtime.database.transaction() as connection:
            await connection.execute("delete from notice.push_choice")
        return off, withdrawn, await refused()

    assert run(story()) == (((NOT_ASKED_FOR,), ([], [])),) * 3


def test_who_was_reached_three_times_in_a_week_is_pushed_to_no_more_by_whatever_push(
    runtime, run, pack, person
):
    async def call(connection):
        wish = Attempt(person.subject, 1, Channel.CALL, 901)
        await contact(connection, runtime, pack, wish)

    async def story():
        for _ in range(2):
            await pushed(runtime, pack, person)
            runtime.clock.advance(timedelta(days=1))
        # The third is a contact that has not been committed yet: the push waits for it.
        async with runtime.database.transaction() as connection:
            await call(connection)
            late = asyncio.create_task(pushed(runtime, pack, person))
            while not late.done():
                if await connection.fetchval(
                    "select exists (select from pg_locks where not granted)"
                ):
                    break
        against = (await asyncio.gather(late, return_exceptions=True))[0]
        log, _ = await sent(runtime)
        runtime.clock.advance(timedelta(days=5, seconds=1))  # seven since the first
        await pushed(runtime, pack, person)
        return against, len(log), len((await sent(runtime))[0])

    against, before, after = run(story())

    assert (type(against), against.rules) == (PushNotAllowed, (WEEK_FULL,))
    assert (before, after) == (2, 3)
