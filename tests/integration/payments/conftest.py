from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from tongtu.kernel.ids import id_shard
from tongtu.payments.api import Iso20022Rail, Order, PaymentKind, PaymentWorker, Warrant
from tongtu.simulators.bank.book import Book
from tongtu.simulators.bank.mischief import Mischief
from tongtu.simulators.bank.server import Bank, serve


@pytest.fixture
def bank(runtime):
    """A bank on a real socket, and a worker that talks to it."""

    @asynccontextmanager
    async def opened(mischief=None, late_s=0.0, opening_minor=10**12):
        simulated = Bank(Book(None, opening_minor), mischief or Mischief(), late_s)
        server = await serve(simulated, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        rail = Iso20022Rail(f"http://{host}:{port}", runtime.clock)
        try:
            yield simulated, PaymentWorker(runtime, rail)
        finally:
            await rail.close()
            server.close()
            await server.wait_closed()

    return opened


@pytest.fixture
def order(runtime):
    """Make orders and warrants of one party."""
    party = runtime.ids.new(7)

    def made(kind=PaymentKind.COLLECTION, amount_minor=10_000, subject=None):
        new = runtime.ids.new
        shard = id_shard(party)
        subject = subject or new(shard)
        value_date = runtime.clock.now().date()
        placed = Order(new(shard), kind, party, 1, subject, amount_minor, value_date)
        warrant = Warrant(
            new(shard), new(shard), runtime.entropy.bytes(32), new(shard), amount_minor
        )
        return placed, warrant

    return made
