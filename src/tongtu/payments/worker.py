"""The rail worker: lease, commit, call the bank, record. It may be killed at any moment.

An instruction that may have reached the bank is asked about first and sent again, under the same
end-to-end id, only when the bank says it has never heard of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from tongtu.payments.flow.hear import hear
from tongtu.payments.model import (
    OPEN_STATES,
    OUTGOING,
    Answer,
    Instruction,
    PaymentState,
    Saying,
    Wire,
    account_of,
)
from tongtu.payments.rail import EXCHANGE_TIMEOUT_S, Rail
from tongtu.payments.store import instruction as store
from tongtu.runtime.api import Background, Runtime, get_logger

CALLS_MAX = 16
# An instruction is asked about and sent at most once a lease; a living worker keeps its lease while
# it does both, and has the rest to write the answer down.
EXCHANGES_MAX = 2
RECORD_S = 5
LEASE = timedelta(seconds=EXCHANGES_MAX * EXCHANGE_TIMEOUT_S + RECORD_S)
POLL_S = 0.5
PAUSE_MIN_MS = 500
PAUSE_MAX_MS = 60_000
# From here on a person is told; the worker goes on asking at its slowest pace.
ATTEMPTS_TOLD = 20
log = get_logger("payments")


class RailWorker(Background):
    """Carries instructions to the bank. `on_news` is called after each commit that settles one."""

    def __init__(
        self, runtime: Runtime, rail: Rail, on_news: Callable[[], None] = lambda: None
    ) -> None:
        self._runtime = runtime
        self._rail = rail
        self._on_news = on_news
        self._calls: set[asyncio.Task[None]] = set()
        super().__init__("rail worker", self._send_off, POLL_S)

    async def stop(self) -> None:
        """Stop; what is in hand is taken up again when its lease runs out."""
        await super().stop()
        calls = set(self._calls)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def step(self) -> int:
        """Carry one batch to the bank, wait for it, and return how many instructions it held."""
        held = await self._lease(CALLS_MAX)
        await asyncio.gather(*(self._carry(one) for one in held))
        return len(held)

    async def _send_off(self) -> None:
        """Take up as many as there is room for; each that ends makes room for another."""
        for one in await self._lease(CALLS_MAX - len(self._calls)):
            call = asyncio.create_task(self._carry_safely(one))
            self._calls.add(call)
            call.add_done_callback(self._end)

    def _end(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        self.wake()

    async def _lease(self, limit: int) -> list[store.Leased]:
        if limit == 0:
            return []
        async with self._runtime.database.transaction() as connection:
            return await store.lease(connection, self._runtime.clock.now(), LEASE, limit)

    async def _carry_safely(self, held: store.Leased) -> None:
        try:
            await self._carry(held)
        except Exception as fault:
            log.error("payment_not_recorded", payment=held.instruction.id, exc_info=fault)

    async def _carry(self, held: store.Leased) -> None:
        """Call the bank, with no transaction open, then record the answer and its news."""
        said = await self._ask(held)
        next_at = self._runtime.clock.now() + pause(held.instruction)
        async with self._runtime.database.transaction() as connection:
            now = await store.hold(connection, held.instruction.cell, held.instruction.id)
            # The attempt is the fence: who lost the lease writes nothing.
            if now is None or now.attempts != held.instruction.attempts:
                return
            state = await hear(connection, self._runtime, now, said, next_at)
        if state not in OPEN_STATES:
            self._on_news()
        elif held.instruction.attempts == ATTEMPTS_TOLD or said.saying is Saying.YES:
            log.error("payment_needs_a_person", payment=held.instruction.id, reason=said.reason)

    async def _ask(self, held: store.Leased) -> Answer:
        wire = self._wire(held.instruction)
        if held.was_sent:
            said = await self._rail.status(wire.end_to_end_id)
            # What the bank has accepted it may forget, but we do not send it a second time.
            is_accepted = held.instruction.state is PaymentState.ACCEPTED
            if said.saying is not Saying.NOT_KNOWN or is_accepted:
                return said
        return await self._rail.pay(wire, self._runtime.clock.now())

    def _wire(self, instruction: Instruction) -> Wire:
        other = instruction.account or self._runtime.public.show("party", instruction.party)
        lender = account_of(instruction.lender)
        is_outgoing = instruction.kind in OUTGOING
        mandate = instruction.mandate
        return Wire(
            end_to_end_id=instruction.end_to_end_id,
            kind=instruction.kind,
            debtor=lender if is_outgoing else other,
            creditor=other if is_outgoing else lender,
            amount_minor=instruction.amount_minor,
            value_date=instruction.value_date,
            mandate=None if mandate is None else self._runtime.public.show("mandate", mandate),
        )


def pause(instruction: Instruction) -> timedelta:
    """Return how long to wait before asking again: doubling, bounded, spread by the id."""
    pause_ms = min(PAUSE_MIN_MS << min(instruction.attempts - 1, 10), PAUSE_MAX_MS)
    return timedelta(milliseconds=pause_ms * (750 + instruction.id % 501) / 1_000)
