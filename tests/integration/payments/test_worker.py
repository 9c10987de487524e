from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Conflict, NotFound
from tongtu.payments.api import (
    PaymentKind,
    PaymentState,
    find_payment,
    intend_collection,
    intend_payout,
    pending_minor,
)
from tongtu.payments.store import lease
from tongtu.payments.worker import LEASE
from tongtu.simulators.bank.mischief import Mischief

COUNT = "select topic, count(*) from runtime.outbox group by topic"


async def _states(runtime):
    async with runtime.database.reading() as connection:
        rows = await connection.fetch(
            "select state, count(*) as n from payments.instruction group by state"
        )
        events = await connection.fetch(COUNT)
    return {row["state"]: row["n"] for row in rows}, {row[0]: row[1] for row in events}


async def _drain(runtime, worker, steps=200):
    for _ in range(steps):
        await worker.step()
        states, _ = await _states(runtime)
        if not set(states) - {"confirmed", "failed"}:
            return
        runtime.clock.advance(timedelta(seconds=100))
    raise AssertionError(f"still open: {states}")


def test_a_payout_is_written_committed_sent_and_confirmed(runtime, run, bank, order):
    placed, warrant = order(PaymentKind.PAYOUT, 3_000_000)

    async def pay():
        async with bank() as (simulated, worker):
            async with runtime.database.transaction() as connection:
                await intend_payout(connection, 0, warrant, placed, runtime.clock.now())
            held = await worker.step()
            again = await worker.step()
            return held, again, simulated.book.totals(), await _states(runtime)

    held, again, totals, (states, events) = run(pay())

    assert (held, again) == (1, 0)
    assert (totals["settled_minor"], totals["sum_minor"]) == (3_000_000, 0)
    assert states == {"confirmed": 1}
    assert events == {"payment.confirmed": 1}


def test_every_lie_of_the_bank_ends_in_one_effect_a_payment_and_one_event(
    runtime, run, bank, order
):
    lies = Mischief(
        seed=7,
        timeout_before_effect=0.25,
        timeout_after_effect=0.25,
        duplicate=0.25,
        late=0.25,
        refuse=0.1,
    )

    async def pay():
        async with bank(lies) as (simulated, worker):
            async with runtime.database.transaction() as connection:
                for _ in range(120):
                    placed, _ = order()
                    await intend_collection(connection, 0, placed, runtime.clock.now())
            await _drain(runtime, worker)
            return simulated.book.totals(), await _states(runtime)

    totals, (states, events) = run(pay())

    assert sum(states.values()) == 120
    assert states["failed"] == totals["refused"]
    assert min(states.values()) > 0, "the seed must reach both ends"
    assert totals["settled_minor"] == 10_000 * states["confirmed"]
    assert totals["payments"] == 120
    assert events == {
        "payment.confirmed": states["confirmed"],
        "payment.failed": states["failed"],
    }


def test_a_killed_worker_leaves_its_payment_to_the_next_which_asks_before_it_sends(
    runtime, run, bank, order
):
    placed, warrant = order(PaymentKind.PAYOUT)

    async def pay():
        async with bank() as (simulated, worker):
            async with runtime.database.transaction() as connection:
                await intend_payout(connection, 0, warrant, placed, runtime.clock.now())
            async with runtime.database.transaction() as connection:
                held = await lease(connection, runtime.clock.now(), LEASE, 10)
            await worker._ask(held[0])  # killed after the call, before the record
            early = await worker.step()
            runtime.clock.advance(LEASE)
            late = await worker.step()
            return early, late, simulated.book.totals(), await _states(runtime)

    early, late, totals, (states, events) = run(pay())

    assert (early, late) == (0, 1)
    assert totals["payments"] == 1
    assert states == {"confirmed": 1}
    assert events == {"payment.confirmed": 1}


def test_a_warrant_pays_once_and_exactly_its_amount(runtime, run, order):
    placed, warrant = order(PaymentKind.PAYOUT, 500)
    other, fresh = order(PaymentKind.PAYOUT, 500)

    async def write(right, wanted):
        async with runtime.database.transaction() as connection:
            await intend_payout(connection, 0, right, wanted, runtime.clock.now())

    run(write(warrant, placed))
    for field in ("decision", "agreement_sha256", "commitment"):
        with pytest.raises(Conflict, match="paid out"):
            run(write(replace(fresh, **{field: getattr(warrant, field)}), other))

    async def bypass():
        async with runtime.database.transaction() as connection:
            await connection.execute(
                "insert into payments.instruction select cell, id + 1, kind, state, party, lender,"
                " subject, 501, warrant, value_date, attempts, next_at, lease_until,"
                " bank_reference, reason, created_at, changed_at from payments.instruction"
            )

    with pytest.raises((asyncpg.ForeignKeyViolationError, asyncpg.UniqueViolationError)):
        run(bypass())
    states, events = run(_states(runtime))
    assert (states, events) == ({"intended": 1}, {})


def test_an_answered_payment_cannot_be_rewritten(runtime, run, bank, order):
    placed, _ = order()

    async def spoil(statement):
        async with runtime.database.transaction() as connection:
            await connection.execute(statement)

    async def pay():
        async with bank() as (_, worker):
            async with runtime.database.transaction() as connection:
                await intend_collection(connection, 0, placed, runtime.clock.now())
                assert await pending_minor(connection, 0, placed.subject) == 10_000
            await worker.step()

    run(pay())
    for statement in (
        "update payments.instruction set state = 'unknown'",
        "update payments.instruction set amount_minor = 1",
        "delete from payments.instruction",
    ):
        with pytest.raises(asyncpg.PostgresError, match="not rewritten"):
            run(spoil(statement))


def test_a_payment_is_seen_by_its_borrower_its_lender_and_staff_only(runtime, run, order):
    placed, _ = order()

    async def look(caller):
        async with runtime.database.reading() as connection:
            return await find_payment(connection, 0, caller, placed.id)

    async def write():
        async with runtime.database.transaction() as connection:
            await intend_collection(connection, 0, placed, runtime.clock.now())

    run(write())
    for caller in (
        Caller(Role.BORROWER, placed.party, 0, 0),
        Caller(Role.LENDER, 5, 1, 0),
        Caller(Role.OPERATOR, 5, 0, 0),
    ):
        assert run(look(caller)).state is PaymentState.INTENDED
    for caller in (
        Caller(Role.BORROWER, placed.party + 1, 0, 0),
        Caller(Role.LENDER, 5, 2, 0),
        Caller(Role.ANALYST, 5, 0, 0),
    ):
        with pytest.raises(NotFound):
            run(look(caller))
