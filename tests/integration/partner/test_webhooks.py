"""Webhooks over real HTTP to a receiver that misbehaves; the clock moves when it is told to."""

import asyncio
import hmac
import json
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from tests.dripping import drip

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.partner.api import (
    ATTEMPTS_MAX,
    PINGS_MAX,
    BadAddress,
    DeliveryWorker,
    Kind,
    News,
    Owner,
    body_of,
    close_webhook,
    deliveries,
    list_webhooks,
    open_webhook,
    ping,
    replay,
    rotate_secret,
    secret_of,
    tell,
)

LENDER = Caller(Role.LENDER, 5_001, 8, 0)
OTHER = Caller(Role.LENDER, 5_002, 1, 0)
NEWEST = 1 << 62


class Receiver:
    """Answers each request with the next of its words; keeps what came."""

    def __init__(self):
        self.came, self.words, self.server = [], [], None

    async def open(self):
        self.server = await asyncio.start_server(self.meet, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def meet(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n") if ": " in line)
        exact = dict(line.split(": ", 1) for line in head.split("\r\n") if ": " in line)
        body = await reader.readexactly(int(fields["content-length"]))
        self.came.append((exact, body))
        word = self.words.pop(0) if self.words else 200
        if word == "garbage":
            writer.write(b"no http at all\r\n\r\n")
        elif word == "redirect":
            writer.write(b"HTTP/1.1 302 -\r\nLocation: http://127.0.0.1:1/\r\n\r\n")
        elif word != "hang up":
            writer.write(f"HTTP/1.1 {word} -\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()


@pytest.fixture
def open_runtime(runtime):
    """Trials go to this machine; the rule against that has tests of its own."""
    return replace(runtime, settings=replace(runtime.settings, webhooks_private=True))


@pytest.fixture
def receiver(run):
    made = Receiver()
    made.port = run(made.open())
    made.url = f"http://127.0.0.1:{made.port}/hook"
    yield made
    made.server.close()


@pytest.fixture
def worker(open_runtime, run):
    made = DeliveryWorker(open_runtime)
    yield made
    run(made.stop())


@pytest.fixture
def do(open_runtime, run):
    """Call a command of partner in a transaction of its own."""

    async def call(command, *given):
        async with open_runtime.database.transaction() as connection:
            return await command(connection, *given)

    return lambda command, *given: run(call(command, *given))


@pytest.fixture
def hook(do, open_runtime, receiver):
    events = ["offer.accepted", "payment.ended"]
    return do(open_webhook, open_runtime, LENDER, receiver.url, events)


@pytest.fixture
def happen(do, open_runtime):
    """Let something happen that concerns a lender; return its event's id."""

    def make(kind=Kind.OFFER_ACCEPTED, lender=8, event=None):
        at = open_runtime.clock.now()
        event = event or open_runtime.ids.new(7)
        body = body_of(open_runtime, kind, event, (at, {"amount_minor": 100}))
        do(tell, open_runtime, 0, News(Owner("lender", lender), event, kind, body, at))
        return event

    return make


@pytest.fixture
def it(open_runtime, run, do, receiver, worker):
    """Everything a test takes in its hand."""
    return SimpleNamespace(runtime=open_runtime, run=run, do=do, receiver=receiver, worker=worker)


def log(do, hook):
    found = do(deliveries, LENDER, hook.id, (NEWEST, 50))
    return [(one.state.value, one.attempts, one.status, one.fault) for one in found]


def test_what_concerns_a_partner_reaches_it_signed_and_once_known_by_its_id(it, hook, happen):
    event = happen()
    happen(event=event)  # the same news again is one
    happen(lender=1)  # another's
    happen(Kind.AGREEMENT_SIGNED)  # not asked for

    assert it.run(it.worker.step()) == 1

    [(headers, body)] = it.receiver.came
    assert json.loads(body)["type"] == "offer.accepted"
    assert headers["webhook-id"] == it.runtime.public.show("event", event)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = hmac.digest(secret_of(it.runtime, hook.id, 1), signed, "sha256")
    assert b64decode(headers["webhook-signature"].removeprefix("v1,")) == wanted
    assert log(it.do, hook) == [("delivered", 1, 200, "")]
    assert it.run(it.worker.step()) == 0


def test_a_receiver_that_misbehaves_is_tried_again_later_and_later(it, hook, happen):
    it.receiver.words = [500, "hang up", "garbage", "redirect"]
    happen()

    for pause, told in (
        (8, (500, "not_taken")),
        (31, (None, "RemoteProtocolError")),
        (121, (None, "RemoteProtocolError")),
        (481, (302, "not_taken")),
    ):
        assert it.run(it.worker.step()) == 1
        [(state, _, *said)] = log(it.do, hook)
        assert (state, tuple(said)) == ("waiting", told)
        assert it.run(it.worker.step()) == 0  # not before its time
        it.runtime.clock.advance(timedelta(seconds=pause))
    assert it.run(it.worker.step()) == 1

    assert log(it.do, hook) == [("delivered", 5, 200, "")]
    assert len({headers["webhook-id"] for headers, _ in it.receiver.came}) == 1


def test_a_receiver_that_drips_keeps_nobody_longer_than_one_exchange_may_take(it, happen):
    async def serve():
        return await asyncio.start_server(drip, "127.0.0.1", 0)

    server = it.run(serve())
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    dripping = it.do(open_webhook, it.runtime, LENDER, url, ["offer.accepted"])
    other = it.do(open_webhook, it.runtime, LENDER, it.receiver.url, ["offer.accepted"])
    happen()
    worker = DeliveryWorker(it.runtime, timeout_s=0.3)

    assert it.run(worker.step()) == 2

    it.run(worker.stop())
    server.close()
    assert log(it.do, dripping) == [("waiting", 1, None, "TimeoutError")]
    assert log(it.do, other) == [("delivered", 1, 200, "")]


def test_after_its_attempts_a_delivery_is_parked_and_a_replay_brings_it(it, hook, happen):
    it.receiver.words = [503] * ATTEMPTS_MAX
    since = it.runtime.clock.now()
    happen()
    it.runtime.clock.advance(timedelta(seconds=1))
    happen(Kind.PAYMENT_ENDED)
    it.receiver.words.insert(1, 200)

    for _ in range(ATTEMPTS_MAX):
        it.run(it.worker.step())
        it.runtime.clock.advance(timedelta(hours=10))
    states = sorted(log(it.do, hook))
    assert states == [
        ("delivered", states[0][1], 200, ""), ("parked", ATTEMPTS_MAX, 503, "not_taken"),
    ]  # fmt: skip
    came = len(it.receiver.came)

    # Only what happened in the range; another partner cannot ask for it.
    with pytest.raises(NotFound):
        it.do(replay, it.runtime, OTHER, hook.id, (since, since + timedelta(days=9)))
    assert it.do(replay, it.runtime, LENDER, hook.id, (since, since + timedelta(seconds=1))) == 1
    assert it.run(it.worker.step()) == 1
    assert len(it.receiver.came) == came + 1
    assert it.do(replay, it.runtime, LENDER, hook.id, (since, since + timedelta(days=9))) == 2


def test_two_secrets_sign_for_a_day_after_a_change(it, hook, happen):
    assert it.do(rotate_secret, it.runtime, LENDER, hook.id) == 2
    happen()
    it.run(it.worker.step())
    it.runtime.clock.advance(timedelta(hours=24, seconds=1))
    happen()
    it.run(it.worker.step())

    found = []
    for headers, body in it.receiver.came:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        by = {n: hmac.digest(secret_of(it.runtime, hook.id, n), signed, "sha256") for n in (1, 2)}
        given = [b64decode(one[3:]) for one in headers["webhook-signature"].split()]
        found.append(sorted(n for n, digest in by.items() if digest in given))
    assert found == [[1, 2], [2]]


def test_a_second_change_of_a_secret_waits_until_the_first_secret_has_ended(it, hook, happen):
    it.do(rotate_secret, it.runtime, LENDER, hook.id)
    it.runtime.clock.advance(timedelta(hours=23, minutes=59))
    with pytest.raises(Conflict) as refused:
        it.do(rotate_secret, it.runtime, LENDER, hook.id)
    assert refused.value.code == "secret_new"
    happen()
    it.run(it.worker.step())

    [(headers, body)] = it.receiver.came
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    given = [b64decode(one[3:]) for one in headers["webhook-signature"].split()]
    wanted = [hmac.digest(secret_of(it.runtime, hook.id, n), signed, "sha256") for n in (2, 1)]
    assert given == wanted

    it.runtime.clock.advance(timedelta(minutes=1))
    assert it.do(rotate_secret, it.runtime, LENDER, hook.id) == 3


def test_a_name_that_leads_inside_is_never_called_however_it_changes(it, runtime, happen):
    it.do(
        open_webhook,
        runtime,
        LENDER,
        f"https://hook.example:{it.receiver.port}/",
        ["offer.accepted"],
    )
    asked = []

    async def lead_inside(host, port):
        asked.append((host, port))
        return ["93.184.216.34", "127.0.0.1"]  # one public, one not: none is called

    worker = DeliveryWorker(runtime, lead_inside)
    happen()
    assert it.run(worker.step()) == 1
    it.run(worker.stop())

    assert asked == [("hook.example", it.receiver.port)]
    assert it.receiver.came == []
    [hook] = it.do(list_webhooks, LENDER)
    assert log(it.do, hook) == [("waiting", 1, None, "bad_address")]


def test_an_address_of_this_house_is_not_opened(it, runtime):
    for url in (it.receiver.url, "https://127.0.0.1/", "https://169.254.169.254/"):
        with pytest.raises(BadAddress):
            it.do(open_webhook, runtime, LENDER, url, ["offer.accepted"])
    assert it.do(list_webhooks, LENDER) == []


def test_a_partner_has_five_webhooks_and_sees_only_its_own(it, hook):
    for _ in range(4):
        it.do(open_webhook, it.runtime, LENDER, it.receiver.url, ["offer.accepted"])
    with pytest.raises(Conflict) as refused:
        it.do(open_webhook, it.runtime, LENDER, it.receiver.url, ["offer.accepted"])
    assert refused.value.code == "too_many_webhooks"

    assert it.do(list_webhooks, OTHER) == []
    for command, *given in ((close_webhook, OTHER, hook.id), (deliveries, OTHER, hook.id, (1, 1))):
        with pytest.raises(NotFound):
            it.do(command, *given)
    with pytest.raises(NotFound):
        it.do(rotate_secret, it.runtime, OTHER, hook.id)
    assert len(it.do(list_webhooks, LENDER)) == 5


def test_what_waits_for_a_closed_webhook_is_parked_and_never_sent(it, hook, happen):
    happen()
    it.do(close_webhook, LENDER, hook.id)

    it.run(it.worker.step())

    assert it.receiver.came == []
    rows = it.do(_states)
    assert rows == [("parked", "closed")]


def test_a_receiver_that_says_gone_is_not_asked_again(it, hook, happen):
    it.receiver.words = [410]
    happen()
    it.run(it.worker.step())
    assert log(it.do, hook) == [("parked", 1, 410, "not_taken")]


def test_a_partner_can_try_its_receiver(it, hook):
    event = it.do(ping, it.runtime, LENDER, hook.id)
    it.run(it.worker.step())
    [(headers, body)] = it.receiver.came
    assert json.loads(body)["type"] == "ping"
    assert headers["webhook-id"] == it.runtime.public.show("event", event)


def test_what_cannot_be_looked_up_is_an_attempt_that_failed_and_keeps_no_other_from_going(
    it, hook, happen
):
    faults = {"no.name": UnicodeError("label empty"), "what.next": RuntimeError("as tried")}

    async def find(host, port):
        if host in faults:
            raise faults[host]
        return ["127.0.0.1"]

    wrong, worse = (
        it.do(open_webhook, it.runtime, LENDER, f"https://{name}/", ["offer.accepted"])
        for name in faults
    )
    # One from before such names were refused.
    it.do(_rename, wrong.id, "https://a..b/")
    worker = DeliveryWorker(it.runtime, find)
    unread = it.do(open_webhook, it.runtime, LENDER, "https://no.name/", ["offer.accepted"])
    happen()

    assert it.run(worker.step()) == 4

    assert log(it.do, wrong) == [("waiting", 1, None, "bad_address")]
    assert log(it.do, unread) == [("waiting", 1, None, "UnicodeError")]
    assert log(it.do, worse) == [("waiting", 1, None, "")]  # its lease runs out, then it is due
    assert log(it.do, hook) == [("delivered", 1, 200, "")]
    for _ in range(ATTEMPTS_MAX - 1):
        it.runtime.clock.advance(timedelta(hours=10))
        it.run(worker.step())
    it.run(worker.stop())
    assert log(it.do, wrong) == [("parked", ATTEMPTS_MAX, None, "bad_address")]


def test_five_test_deliveries_wait_and_a_sixth_is_refused(it, hook):
    for _ in range(PINGS_MAX):
        it.do(ping, it.runtime, LENDER, hook.id)
    with pytest.raises(Conflict) as refused:
        it.do(ping, it.runtime, LENDER, hook.id)
    assert refused.value.code == "pings_waiting"
    assert len(log(it.do, hook)) == PINGS_MAX

    it.run(it.worker.step())
    it.do(ping, it.runtime, LENDER, hook.id)
    assert len(log(it.do, hook)) == PINGS_MAX + 1


async def _rename(connection, webhook, url):
    await connection.execute("update partner.webhook set url = $2 where id = $1", webhook, url)


async def _states(connection):
    rows = await connection.fetch("select state, fault from partner.delivery")
    return [tuple(row) for row in rows]
