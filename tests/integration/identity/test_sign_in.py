"""Signing in: one party a phone, one use a code, five tries, five minutes, bound to its challenge."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tongtu.identity.api import Asker, finish_sign_in, start_sign_in
from tongtu.identity.model import (
    CODE_LIFE,
    CODE_TRIES_MAX,
    CODES_PER_DEVICE_HOUR,
    CODES_PER_PHONE_HOUR,
)
from tongtu.kernel.errors import BadInput, NotSignedIn, TooMany

NUMBER = "14412345678"
TABLES = (
    "identity.party", "identity.handle", "identity.vault", "identity.token", "identity.code",
)  # fmt: skip


def _wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.fixture
def ask(runtime, run, phone):
    return lambda number=NUMBER: run(start_sign_in(runtime, number, "127.0.0.1", phone.deliver))


@pytest.fixture
def answer(runtime, run):
    return lambda challenge, code: run(finish_sign_in(runtime, challenge.text, code))


def test_the_first_sign_in_opens_a_party_and_the_next_finds_it(sign_in, rows):
    first, second = sign_in(), sign_in(f"+86{NUMBER}")

    assert first.caller == second.caller
    assert first.text != second.text
    assert rows(*TABLES[:4]) == [1, 1, 1, 2]


def test_two_first_sign_ins_at_once_make_one_party(runtime, run, phone, ask, rows):
    challenges = [ask(), ask()]
    codes = [code for _, code in phone.codes]

    async def both():
        pairs = zip(challenges, codes, strict=True)
        return await asyncio.gather(*(finish_sign_in(runtime, c.text, code) for c, code in pairs))

    one, other = run(both())
    assert one.caller == other.caller
    assert rows("identity.party", "identity.handle") == [1, 1]


def test_before_the_code_comes_back_nothing_of_the_person_is_stored(ask, rows):
    ask()

    assert rows(*TABLES) == [0, 0, 0, 0, 1]


def test_a_code_is_used_once(phone, ask, answer, rows):
    challenge = ask()
    answer(challenge, phone.codes[-1][1])
    before = rows(*TABLES)

    with pytest.raises(NotSignedIn) as refusal:
        answer(challenge, phone.codes[-1][1])

    assert refusal.value.code == "code_refused"
    assert rows(*TABLES) == before


def test_the_fifth_try_may_be_right_and_a_sixth_is_never_looked_at(phone, ask, answer, rows):
    lucky, unlucky = ask(), ask("14487654321")
    for _ in range(CODE_TRIES_MAX - 1):
        with pytest.raises(NotSignedIn):
            answer(lucky, _wrong(phone.codes[0][1]))
    for _ in range(CODE_TRIES_MAX):
        with pytest.raises(NotSignedIn):
            answer(unlucky, _wrong(phone.codes[1][1]))

    assert answer(lucky, phone.codes[0][1]).caller.role == "borrower"
    with pytest.raises(NotSignedIn):
        answer(unlucky, phone.codes[1][1])
    assert rows("identity.party") == [1]


def test_many_guesses_at_once_are_still_five(runtime, run, phone, ask, rows):
    challenge = ask()
    right = int(phone.codes[-1][1])
    guesses = [f"{(right + n) % 1_000_000:06d}" for n in range(1, 13)]

    async def all_at_once():
        tries = (finish_sign_in(runtime, challenge.text, guess) for guess in guesses)
        return await asyncio.gather(*tries, return_exceptions=True)

    answers = run(all_at_once())
    assert {type(each) for each in answers} == {NotSignedIn}

    async def tries():
        async with runtime.database.reading() as connection:
            return await connection.fetchval("select tries from identity.code")

    assert run(tries()) == CODE_TRIES_MAX


def test_a_code_lives_five_minutes(runtime, phone, ask, answer, rows):
    in_time, too_late = ask(), ask("14487654321")

    runtime.clock.advance(CODE_LIFE - timedelta(seconds=1))
    answer(in_time, phone.codes[0][1])
    runtime.clock.advance(timedelta(seconds=1))
    with pytest.raises(NotSignedIn):
        answer(too_late, phone.codes[1][1])

    assert rows("identity.party") == [1]


def test_a_code_fits_its_own_challenge_only(phone, ask, answer, rows):
    mine, theirs = ask(), ask("14487654321")

    with pytest.raises(NotSignedIn):
        answer(theirs, phone.codes[0][1])
    with pytest.raises(NotSignedIn):
        answer(mine, phone.codes[1][1])
    assert rows("identity.party", "identity.token") == [0, 0]


def test_a_challenge_that_was_touched_is_refused_like_a_wrong_code(phone, ask, answer, rows):
    challenge = ask()
    text = challenge.text
    touched = [
        "", "ch_", "ch_!!", text[:-4], text[3:], "ch_" + text[13:], text + "AAAA",
        text[:20] + ("A" if text[20] != "A" else "B") + text[21:], "ch_" + "A" * 190, "ch_验证",
    ]  # fmt: skip

    for each in touched:
        with pytest.raises(NotSignedIn) as refusal:
            answer(replace(challenge, text=each), phone.codes[-1][1])
        assert refusal.value.code == "code_refused"
    assert rows("identity.party", "identity.token") == [0, 0]


def test_a_phone_gets_five_codes_an_hour_and_the_sixth_says_when(runtime, phone, ask, rows):
    for _ in range(CODES_PER_PHONE_HOUR):
        ask()

    with pytest.raises(TooMany) as refusal:
        ask()

    assert refusal.value.retry_after_s == 3600
    assert len(phone.codes) == CODES_PER_PHONE_HOUR
    runtime.clock.advance(timedelta(hours=1))
    ask()
    assert len(phone.codes) == CODES_PER_PHONE_HOUR + 1


def test_a_phone_gets_ten_codes_a_day(runtime, phone, ask):
    for _ in range(2):
        for _ in range(CODES_PER_PHONE_HOUR):
            ask()
        runtime.clock.advance(timedelta(hours=1))

    with pytest.raises(TooMany) as refusal:
        ask()

    # 03:00 UTC is the clock's time now; the day's window ends at midnight UTC.
    assert (len(phone.codes), refusal.value.retry_after_s) == (10, 21 * 3600)


def test_six_asks_at_once_send_five_codes(runtime, run, phone):
    async def six():
        asks = (start_sign_in(runtime, NUMBER, "127.0.0.1", phone.deliver) for _ in range(6))
        return await asyncio.gather(*asks, return_exceptions=True)

    answers = run(six())

    assert sum(isinstance(each, TooMany) for each in answers) == 1
    assert len(phone.codes) == CODES_PER_PHONE_HOUR


def test_an_address_is_limited_outside_the_demo(runtime, run, phone, rows):
    real = replace(runtime, settings=replace(runtime.settings, demo=False))

    for number in range(60):
        run(start_sign_in(real, f"139{number:08d}", "10.0.0.1", phone.deliver))
    with pytest.raises(TooMany):
        run(start_sign_in(real, "13999999999", "10.0.0.1", phone.deliver))
    run(start_sign_in(real, "13999999999", "10.0.0.2", phone.deliver))

    assert len(phone.codes) == 61
    assert rows("identity.code") == [61]


def test_what_is_no_phone_is_refused_and_leaves_nothing(ask, phone, rows):
    with pytest.raises(BadInput):
        ask("１３９１２３４５６７８")

    assert phone.codes == []
    assert rows("identity.code", "identity.attempt") == [0, 0]


def test_outside_the_demo_a_second_code_comes_no_sooner_than_in_thirty_seconds(
    runtime, run, phone, rows
):
    real = replace(runtime, settings=replace(runtime.settings, demo=False))
    run(start_sign_in(real, NUMBER, "127.0.0.1", phone.deliver))
    runtime.clock.advance(timedelta(seconds=29))

    with pytest.raises(TooMany) as refusal:
        run(start_sign_in(real, NUMBER, "127.0.0.1", phone.deliver))
    assert (refusal.value.retry_after_s, rows("identity.code"), len(phone.codes)) == (1, [1], 1)

    runtime.clock.advance(timedelta(seconds=1))
    run(start_sign_in(real, NUMBER, "127.0.0.1", phone.deliver))
    assert len(phone.codes) == 2


def test_one_device_asks_for_fifteen_codes_an_hour_whatever_phones_it_names(runtime, run, phone):
    real = replace(runtime, settings=replace(runtime.settings, demo=False))

    def ask_for(number, device):
        asker = Asker("127.0.0.1", device)
        return run(start_sign_in(real, f"144{number:08d}", asker, phone.deliver))

    for number in range(CODES_PER_DEVICE_HOUR):
        ask_for(number, "device-1")
    with pytest.raises(TooMany):
        ask_for(99, "device-1")

    assert len(phone.codes) == CODES_PER_DEVICE_HOUR
    ask_for(99, "device-2")
