"""The lines to a lender and to the bureau end in time, however slowly the other side speaks."""

import asyncio
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.dripping import drip

from tongtu.funding.api import HttpLine, NoAnswer
from tongtu.kernel.clock import FixedClock
from tongtu.risk.api import Deposit, HttpGateway, Receiver
from tongtu.risk.api import NoAnswer as NoBureau

BOUND_S = 0.3
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


async def with_dripping(use):
    """Use a line to a server that drips, and close both."""
    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    line = None
    try:
        line, asked = use(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await asked
    finally:
        if line is not None:
            await line.close()
        server.close()


def test_a_lender_that_drips_has_not_answered():
    def use(url):
        line = HttpLine(url, PRIVATE, BOUND_S)
        return line, line.ask("rq_0000000000001", b"{}", FixedClock().now())

    with pytest.raises(NoAnswer) as late:
        asyncio.run(with_dripping(use))
    assert isinstance(late.value.__cause__, TimeoutError)


def test_a_bureau_that_drips_has_not_answered():
    receiver = Receiver(30, "beidu", "licensed_bureau", ())
    deposit = Deposit("r", receiver, "loan_decision", "2026.08", "2026-11-24T01:00:00Z", {})

    def use(url):
        line = HttpGateway(SimpleNamespace(clock=FixedClock()), url, b"s" * 32, BOUND_S)
        return line, line.deposit(deposit)

    with pytest.raises(NoBureau) as late:
        asyncio.run(with_dripping(use))
    assert isinstance(late.value.__cause__, TimeoutError)


def test_a_lender_whose_address_is_none_has_not_answered():
    def use(_):
        line = HttpLine("https://a..b", PRIVATE, BOUND_S)
        return line, line.ask("rq_0000000000001", b"{}", FixedClock().now())

    with pytest.raises(NoAnswer):
        asyncio.run(with_dripping(use))
