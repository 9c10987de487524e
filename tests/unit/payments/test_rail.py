from __future__ import annotations

import asyncio
from datetime import timedelta

from tongtu.payments.api import Answer, IsoRail, Saying
from tongtu.payments.rail import EXCHANGE_TIMEOUT_S
from tongtu.payments.worker import LEASE, RECORD_S

HANGS_S = 60.0


def test_a_bank_that_begins_to_answer_and_never_ends_says_unknown_in_time():
    async def ask():
        gone = asyncio.Event()

        async def begin(_, writer):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n<")
            await writer.drain()
            await gone.wait()
            writer.close()

        server = await asyncio.start_server(begin, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        rail = IsoRail(f"http://127.0.0.1:{port}", timeout_s=HANGS_S, exchange_s=0.2)
        try:
            async with asyncio.timeout(HANGS_S / 6):
                return await rail.status("pi_0")
        finally:
            gone.set()
            await rail.close()
            server.close()
            await server.wait_closed()

    assert asyncio.run(ask()) == Answer(Saying.UNKNOWN, "TimeoutError")


def test_a_worker_that_asks_and_sends_as_slowly_as_it_may_still_holds_its_lease():
    slowest = timedelta(seconds=EXCHANGE_TIMEOUT_S + EXCHANGE_TIMEOUT_S)

    assert timedelta(seconds=25) == LEASE
    assert LEASE - slowest == timedelta(seconds=RECORD_S)
