"""The bank's own door: only its own bytes, fresh and once, whoever else knows the address."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from tongtu.payments.api import CallbackWorker, Signed
from tongtu.payments.signature import digest_of
from tongtu.simulators.bank.books import Line
from tongtu.simulators.bank.statement import write_notification

PATH = "/v1/bank/callbacks"
SECRET = bytes(range(32))
AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def bank(world):
    world.parts.bank_secrets = {"simulator": SECRET}
    yield world
    world.parts.bank_secrets = {}
    world.settled = None


def notice(number="pi_0000000000000", amount_minor=100):
    return write_notification(
        Line("bk1", "lender-1", amount_minor, "2026-11-24", number, False, None), AT
    )


def signed(world, body, event="event-00000001", *, age=timedelta(0), secret=SECRET):
    seconds = str(int((world.parts.runtime.clock.now() - age).timestamp()))
    key = "simulator"
    blank = Signed(key, event, seconds, "")
    return {
        "x-bank-key": key,
        "x-bank-event": event,
        "x-bank-time": seconds,
        "x-bank-signature": digest_of(secret, blank, body),
    }


def send(world, body, headers):
    return world.send(
        "POST", PATH, content=body,
        headers=[("content-type", "application/xml"), *headers.items()],
    )  # fmt: skip


def stored(world):
    return world.fetch("select event, state, note from payments.callback order by event")


def flipped(text, at):
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


def test_a_forged_callback_is_refused_and_nothing_is_stored(bank):
    world, body = bank, notice()
    good = signed(world, body)
    again = {name: value for name, value in good.items() if name != "x-bank-signature"}
    forged = {
        "another body": (body.replace(b"1.00", b"9.00"), good),
        "one byte more": (body + b" ", good),
        "no body": (b"", good),
        "no signature": (body, again),
        "an empty signature": (body, good | {"x-bank-signature": ""}),
        "half a signature": (body, good | {"x-bank-signature": good["x-bank-signature"][:32]}),
        "a signature in capitals": (
            body, good | {"x-bank-signature": good["x-bank-signature"].upper() + "F"}
        ),
        "a signature twice as long": (
            body, good | {"x-bank-signature": good["x-bank-signature"] * 2}
        ),
        "another event": (body, good | {"x-bank-event": "event-00000002"}),
        "a key nobody has": (body, good | {"x-bank-key": "stranger"}),
        "no key": (body, good | {"x-bank-key": ""}),
        "another secret": (body, signed(world, body, secret=bytes(32))),
        "six minutes old": (body, signed(world, body, age=timedelta(minutes=6))),
        "six minutes ahead": (body, signed(world, body, age=-timedelta(minutes=6))),
        "a time in other digits": (body, good | {"x-bank-time": "1" * 40}),
        "a negative time": (body, good | {"x-bank-time": "-764032000"}),
        "an event with a path": (body, good | {"x-bank-event": "../../etc/passwd"}),
        "a short event": (body, signed(world, body, event="e")),
        "JSON instead": (json.dumps({"state": "settled"}).encode(), good),
    }  # fmt: skip
    forged |= {
        f"letter {at} of the signature": (
            body, good | {"x-bank-signature": flipped(good["x-bank-signature"], at)}
        )
        for at in range(64)
    }  # fmt: skip
    before = world.tables()

    answers = {about: send(world, *given) for about, given in forged.items()}

    assert {about: answer.status_code for about, answer in answers.items()} == dict.fromkeys(
        forged, 401
    )
    assert {answer.json()["code"] for answer in answers.values()} == {"bad_signature"}
    assert world.tables() == before


def test_a_header_that_stands_twice_and_a_body_beyond_its_bound_are_refused(bank):
    world, body = bank, notice()
    headers = [("content-type", "application/xml"), *signed(world, body).items()]
    before = world.tables()

    twice = world.send("POST", PATH, content=body, headers=[*headers, ("x-bank-key", "simulator")])
    long = b"<" + b"a" * 65_536
    large = send(world, long, signed(world, long))

    assert (twice.status_code, twice.json()["code"]) == (422, "duplicate_header")
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert world.tables() == before


def test_without_a_secret_no_callback_is_believed(bank):
    world, body = bank, notice()
    world.parts.bank_secrets = {}

    answer = send(world, body, signed(world, body))

    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")


def test_the_same_callback_a_hundred_times_and_sixteen_at_once_is_stored_and_worked_once(bank):
    world = bank
    [paid] = world.fetch(
        "select end_to_end_id, amount_minor, state from payments.instruction"
        " where kind = 'collection' order by id limit 1"
    )
    body = notice(paid["end_to_end_id"], paid["amount_minor"])
    headers = signed(world, body, "event-replayed")
    before = world.tables()

    async def at_once():
        door = world.doors["hot"]
        named = [("content-type", "application/xml"), *headers.items()]
        sent = (door.post(PATH, content=body, headers=named) for _ in range(16))
        return await asyncio.gather(*sent)

    answers = world.run(at_once()) + [send(world, body, headers) for _ in range(84)]
    worked = world.run(CallbackWorker(world.parts.runtime).step())
    again = world.run(CallbackWorker(world.parts.runtime).step())
    late = send(world, body, signed(world, body, "event-replayed", age=timedelta(minutes=6)))

    assert {answer.status_code for answer in answers} == {204}
    assert (worked, again, late.status_code) == (1, 0, 401)
    rows = [row for row in stored(world) if row["event"] == "event-replayed"]
    assert [(row["state"], row["note"]) for row in rows] == [("done", None)]
    # It told what was known: nothing but the stored callback differs.
    changed = {name for name, rows in world.tables().items() if before.get(name) != rows}
    assert changed == {"payments.callback"}


def test_another_body_under_a_known_event_is_a_conflict(bank):
    world, first, other = bank, notice(), notice(amount_minor=101)
    assert send(world, first, signed(world, first, "event-taken-1")).status_code == 204
    before = world.tables()

    answer = send(world, other, signed(world, other, "event-taken-1"))

    assert (answer.status_code, answer.json()["code"]) == (409, "event_reused")
    assert world.tables() == before


@pytest.mark.parametrize(
    "body",
    [
        b"not xml",
        b"<Document/>",
        b'<Document xmlns="urn:other"/>',
        b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><Document>&a;</Document>',
        notice().replace(b">1.00<", b">NaN<"),
        notice().replace(b'"CNY"', b'"USD"'),
        notice().replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>"),
        b"<a>" * 5_000,
    ],
)
def test_a_signed_message_that_cannot_be_read_stays_refused_and_moves_nothing(bank, body):
    world, event = bank, f"event-unread-{abs(hash(body)) % 10**9}"
    assert send(world, body, signed(world, body, event)).status_code == 204
    before = world.tables()

    world.run(CallbackWorker(world.parts.runtime).step())

    [row] = [row for row in stored(world) if row["event"] == event]
    assert row["state"] == "refused"
    changed = {name for name, rows in world.tables().items() if before.get(name) != rows}
    assert changed == {"payments.callback"}


def test_news_of_a_payment_that_nobody_sent_is_noted_and_moves_nothing(bank):
    world, body = bank, notice("pi_zzzzzzzzzzzzz")
    send(world, body, signed(world, body, "event-stranger"))
    before = world.tables()

    world.run(CallbackWorker(world.parts.runtime).step())

    [row] = [row for row in stored(world) if row["event"] == "event-stranger"]
    assert (row["state"], row["note"]) == ("done", "about no payment that we sent")
    changed = {name for name, rows in world.tables().items() if before.get(name) != rows}
    assert changed == {"payments.callback"}
