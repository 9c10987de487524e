"""The payment worker: lease, commit, call the bank, record. It may be killed at any moment.

An instruction that may have reached the bank is asked about first and sent again, under the same
end-to-end id, only when the bank says it has never heard of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from tongtu.kernel.ids import id_shard
from tongtu.payments import store
from tongtu.payments.model import (
    Answer,
    Instruction,
    PaymentKind,
    PaymentState,
    Saying,
    Wire,
    check_move,
)
from tongtu.payments.rail import Rail
from tongtu.runtime.api import Connection, Event, Runtime, count, get_logger, publish

BATCH_MAX = 64
# Longer than the rail's own timeouts for asking and sending: a living worker keeps its lease.
LEASE = timedelta(seconds=25)
POLL_S = 0.5
PAUSE_MIN_S = 1
PAUSE_MAX_S = 60
# From here on a person is told; the worker goes on asking at its slowest pace.
ATTEMPTS_TOLD = 20
CONFIRMED, FAILED, STUCK = "payment.confirmed", "payment.failed", "payment.stuck"
log = get_logger("payments")


class PaymentWorker:
    """Carries instructions to the bank. `on_news` is called after each commit that tells some."""

    def __init__(
        self, runtime: Runtime, rail: Rail, on_news: Callable[[], None] = lambda: None
    ) -> None:
        self._runtime = runtime
        self._rail = rail
        self._on_news = on_news
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look now instead of at the next poll."""
        self._woken.set()

    async def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop; what is in hand is taken up again when its lease runs out."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def step(self) -> int:
        """Carry one batch to the bank and return how many instructions it held."""
        database = self._runtime.database
        async with database.transaction() as connection:
            held = await store.lease(connection, self._runtime.clock.now(), LEASE, BATCH_MAX)
        if not held:
            return 0
        answers = await asyncio.gather(*(self._ask(one) for one in held))
        at = self._runtime.clock.now()
        outcomes = [_outcome(one.instruction, said, at) for one, said in zip(held, answers)]  # noqa: B905 - gather keeps the length
        async with database.transaction() as connection:
            for outcome in await store.record(connection, outcomes, at):
                await self._tell(connection, outcome, at)
        for outcome in outcomes:
            count(f"payment_{outcome.state}").inc()
        self._on_news()
        return len(held)

    async def _work(self) -> None:
        while True:
            try:
                if await self.step():
                    continue
            except Exception as fault:
                log.error("payment_worker", exc_info=fault)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_S)
            self._woken.clear()

    async def _ask(self, held: store.Leased) -> Answer:
        wire = self._wire(held.instruction)
        if held.was_sent:
            said = await self._rail.status(wire.end_to_end_id)
            if said.saying is not Saying.NOT_KNOWN:
                return said
        return await self._rail.pay(wire)

    async def _tell(self, connection: Connection, outcome: store.Outcome, at: datetime) -> None:
        held = outcome.instruction
        if outcome.state is PaymentState.UNKNOWN and held.attempts != ATTEMPTS_TOLD:
            return
        topic = {PaymentState.CONFIRMED: CONFIRMED, PaymentState.FAILED: FAILED}.get(
            outcome.state, STUCK
        )
        payload = {
            "payment": held.id,
            "kind": held.kind.value,
            "subject": held.subject,
            "reason": outcome.reason,
        }
        number = self._runtime.ids.new(id_shard(held.id))
        await publish(connection, Event(held.cell, number, topic, payload, at))

    def _wire(self, instruction: Instruction) -> Wire:
        public = self._runtime.public
        borrower = public.show("party", instruction.party)
        lender = f"lender-{instruction.lender}"
        is_payout = instruction.kind is PaymentKind.PAYOUT
        return Wire(
            end_to_end_id=public.show("payment", instruction.id),
            kind=instruction.kind,
            debtor=lender if is_payout else borrower,
            creditor=borrower if is_payout else lender,
            amount_minor=instruction.amount_minor,
            value_date=instruction.value_date,
        )


def _outcome(held: Instruction, said: Answer, at: datetime) -> store.Outcome:
    state = check_move(held.state, store.state_of(said.saying))
    return store.Outcome(held, state, said.reference, said.reason, at + pause(held))


def pause(held: Instruction) -> timedelta:
    """Return how long to wait before asking again: doubling, bounded, spread by the id."""
    seconds = min(PAUSE_MIN_S << min(held.attempts - 1, 10), PAUSE_MAX_S)
    return timedelta(milliseconds=seconds * (750 + held.id % 501))
