"""Whatever the bank says or does not say, each instruction settles once."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tongtu.payments.api import (
    SETTLED,
    Answer,
    IsoRail,
    PaymentKind,
    PaymentState,
    RailWorker,
    Saying,
    collect,
    find_instruction,
    release,
)
from tongtu.payments.worker import CALLS_MAX, LEASE, pause

STEPS_MAX = 400
LIES = ("timeout_after_effect", "timeout_before_effect", "duplicate", "late")


class KilledError(Exception):
    """The worker's process ends."""


class DyingRail:
    """The order reaches the bank; the worker never hears of it."""

    def __init__(self, rail):
        self._rail = rail

    async def pay(self, wire, at):
        await self._rail.pay(wire, at)
        raise KilledError

    async def status(self, end_to_end_id):
        raise KilledError


async def intend(runtime, pairs):
    async with runtime.database.transaction() as connection:
        for instruction, warrant in pairs:
            if instruction.kind is PaymentKind.PAYOUT:
                await release(connection, runtime, warrant, instruction)
            else:
                await collect(connection, runtime, instruction)


async def read(runtime):
    async with runtime.database.reading() as connection:
        rows = await connection.fetch(
            "select id, state, end_to_end_id, amount_minor from payments.instruction"
        )
        news = await connection.fetch("select topic, payload from runtime.outbox")
    return rows, [(row["topic"], msgspec.json.decode(row["payload"])) for row in news]


async def drain(runtime, worker, on_step=lambda number: None):
    for number in range(STEPS_MAX):
        on_step(number)
        if not await worker.step():
            rows, _ = await read(runtime)
            if {row["state"] for row in rows} <= {"settled", "rejected"}:
                return
            runtime.clock.advance(timedelta(seconds=80))
    raise AssertionError("still open after many steps")


def test_sixty_payments_settle_once_each_though_the_bank_lies_and_both_sides_are_killed(
    runtime, run, bank, made
):
    options = [word for lie in LIES for word in (f"--{lie.replace('_', '-')}", "0.4")]
    lying = bank("--seed", "20261124", "--refuse", "0.1", *options)
    pairs = [
        made(PaymentKind.PAYOUT if n % 3 else PaymentKind.COLLECTION, 10_000 + n) for n in range(60)
    ]

    def at_step(number):
        if number == 2:
            lying.kill()
        elif number == 4:
            lying.start()

    async def scenario():
        rail = IsoRail(lying.url)
        await intend(runtime, pairs)
        killed = await asyncio.gather(
            RailWorker(runtime, DyingRail(rail)).step(), return_exceptions=True
        )
        runtime.clock.advance(LEASE)
        await drain(runtime, RailWorker(runtime, rail), at_step)
        await rail.close()
        return killed, await read(runtime)

    killed, (rows, news) = run(scenario())

    assert isinstance(killed[0], KilledError)
    booked = {line["end_to_end_id"]: line for line in lying.events("booked")}
    assert len(booked) == len(lying.events("booked")) == len(rows) == 60
    for row in rows:
        line = booked[row["end_to_end_id"]]
        assert line["amount_minor"] == row["amount_minor"]
        assert row["state"] == ("rejected" if line["reason"] else "settled")
    # Every payment is told once, with its own end.
    assert {topic for topic, _ in news} == {SETTLED}
    assert {told["instruction"]: told["state"] for _, told in news} == {
        str(row["id"]): row["state"] for row in rows
    }
    assert len(news) == 60
    # Sent twice only where the bank had said "not known" of a payment it had booked.
    forgot = {line["end_to_end_id"] for line in lying.events("lied") if line["what"] == "duplicate"}
    assert {line["end_to_end_id"] for line in lying.events("repeated")} <= forgot
    # The seed reached each misbehaviour and both ends.
    told = Counter(line["what"] for line in lying.events("lied"))
    assert min(told[lie] for lie in LIES[:3]) >= 3
    assert sum(line["late"] > 0 for line in booked.values()) >= 3
    assert {row["state"] for row in rows} == {"settled", "rejected"}


def test_the_worker_pays_at_once_when_woken_and_tells_of_it(runtime, run, bank, made):
    honest = bank()
    instruction, warrant = made()

    async def scenario():
        told = asyncio.Event()
        rail = IsoRail(honest.url)
        worker = RailWorker(runtime, rail, told.set)
        await worker.start()
        await intend(runtime, [(instruction, warrant)])
        worker.wake()
        async with asyncio.timeout(5):
            await told.wait()
        await worker.stop()
        await rail.close()
        async with runtime.database.reading() as connection:
            return await find_instruction(connection, 0, instruction.id), await read(runtime)

    found, (_, news) = run(scenario())

    assert (found.state, found.attempts) == (PaymentState.SETTLED, 1)
    assert found.bank_reference == "bk000000001"
    assert news == [
        (
            SETTLED,
            {
                "instruction": str(instruction.id),
                "kind": "payout",
                "state": "settled",
                "subject": str(instruction.subject),
            },
        )
    ]


class SayingRail:
    """Says the same to every order and question, and counts both."""

    def __init__(self, answer):
        self._answer, self.orders, self.questions, self.at_once, self.most = answer, 0, 0, 0, 0

    async def pay(self, wire, at):
        self.orders += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return self._answer

    async def status(self, end_to_end_id):
        self.questions += 1
        return self._answer


@pytest.mark.parametrize("turns", range(4))
def test_a_worker_stops_at_once_though_it_is_woken_at_that_moment(runtime, run, made, turns):
    instruction, warrant = made()

    async def scenario():
        told = asyncio.Event()
        worker = RailWorker(runtime, SayingRail(Answer(Saying.NO)), told.set)
        await intend(runtime, [(instruction, warrant)])
        await worker.start()
        await told.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(2):
            await worker.stop()

    run(scenario())


def test_a_yes_to_another_amount_stays_unknown_and_is_never_sent_again(runtime, run, made):
    rail = SayingRail(Answer(Saying.YES, amount_minor=249_999))
    instruction, warrant = made(amount_minor=250_000)

    async def scenario():
        await intend(runtime, [(instruction, warrant)])
        worker = RailWorker(runtime, rail)
        for _ in range(5):
            await worker.step()
            runtime.clock.advance(timedelta(seconds=80))
        async with runtime.database.reading() as connection:
            return await find_instruction(connection, 0, instruction.id), await read(runtime)

    found, (_, news) = run(scenario())

    assert (rail.orders, rail.questions) == (1, 4)
    assert (found.state, found.attempts) == (PaymentState.UNKNOWN, 5)
    assert found.reason == "the bank says 249999, not 250000"
    assert news == []


def test_at_most_sixteen_calls_are_under_way_and_nobody_is_asked_before_its_pause(
    runtime, run, made
):
    rail = SayingRail(Answer(Saying.UNKNOWN, "http 503"))

    async def scenario():
        await intend(runtime, [made(PaymentKind.COLLECTION) for _ in range(40)])
        worker = RailWorker(runtime, rail)
        return [await worker.step() for _ in range(4)]

    assert run(scenario()) == [16, 16, 8, 0]
    assert (rail.most, rail.orders, rail.questions) == (CALLS_MAX, 40, 0)


def test_pauses_double_to_a_bound(made):
    instruction, _ = made()
    seconds = [
        pause(replace(instruction, id=250, attempts=n)).total_seconds()
        for n in (1, 2, 3, 6, 7, 999)
    ]

    assert seconds == [0.5, 1, 2, 16, 32, 60]
