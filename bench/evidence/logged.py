"""Durable transfers through a lane: without a leaf, with one each, with one a batch; one commit.

Without and with are the same lane and the same statement of the ledger; a logged batch appends its
leaves in the transaction of its transfers, and its run ends when every leaf has its position under
a signed checkpoint: what the sequencer does afterwards is part of the price. A leaf a batch is the
root over the commitments of the batch, so a transfer's proof is a path in it and one in the log;
of some batches the commitments are kept, so that such proofs are made and verified too.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.ledger.lane import CELL, DAY, Workload
from bench.ledger.measure import Meter, Run

from tongtu.evidence.api import (
    Entry,
    Sequencer,
    append,
    batch_commitments,
    batch_entry,
)
from tongtu.kernel.ids import TransferId
from tongtu.ledger.api import Code, PostingResult, Transfer, post
from tongtu.runtime.api import Connection, Lane, Runtime

BARE, EACH, BATCH = "without", "a leaf each", "a leaf a batch"
NAMES = (BARE, EACH, BATCH)
LANES = 2
# One batch of so many is kept, to be proved from.
KEPT_EVERY = 20
_SAID = struct.Struct(">qqqqi").pack


def _said(one: Transfer) -> bytes:
    return _SAID(one.id, one.debit, one.credit, one.amount_minor, one.code)


@dataclass(slots=True)
class Book:
    """Posts batches, and logs them as `name` says."""

    runtime: Runtime
    name: str
    key: bytes
    kept: dict[int, list[bytes]] = field(default_factory=dict)  # commitments by batch
    batches: int = 0

    async def handle(
        self, connection: Connection, transfers: Sequence[Transfer]
    ) -> list[PostingResult]:
        at = self.runtime.clock.now()
        async with connection.transaction():
            answers = await post(connection, CELL, transfers, DAY, at)
            if self.name != BARE:
                number = self.runtime.ids.new(0)
                await append(connection, CELL, number, self._entries(transfers, number), at)
        return answers

    def _entries(self, transfers: Sequence[Transfer], number: int) -> list[Entry]:
        hashes = batch_commitments(self.key, number, [_said(one) for one in transfers])
        if self.name == EACH:
            return [
                Entry("movement", transfer.id, one)
                for transfer, one in zip(transfers, hashes, strict=True)
            ]
        self.batches += 1
        if self.batches % KEPT_EVERY == 1:
            self.kept[number] = hashes
        return [batch_entry("movement", number, hashes)]


async def run_logged(workload: Workload, book: Book, plan: tuple[int, float], meter: Meter) -> Run:
    """Let callers post for some seconds; `plan` is (callers, seconds)."""
    callers, seconds = plan
    runtime = workload.runtime
    async with meter.measured(book.name) as run:
        lane: Lane[Transfer, PostingResult] = Lane(
            f"bench_{CELL}", runtime.database.lane_connection, book.handle,
            batch_max=runtime.settings.lane_batch_max,
            queue_max=runtime.settings.lane_queue_max, lanes=LANES,
        )  # fmt: skip
        sequencer = Sequencer(runtime)
        await lane.start()
        if book.name != BARE:
            await sequencer.start()
        begun = time.perf_counter()

        async def call() -> None:
            while time.perf_counter() < begun + seconds:
                start, number = time.perf_counter(), runtime.ids.new(0)
                debit, credit = workload.uniform()
                one = Transfer(TransferId(number), debit, credit, 1, Code.CORRECTION, 0, number)
                if await lane.submit(one) != PostingResult.POSTED:
                    raise RuntimeError("a transfer was not posted")
                run.latencies.append(time.perf_counter() - start)

        try:
            await asyncio.gather(*(call() for _ in range(callers)))
            run.wall_s = time.perf_counter() - begun
        finally:
            await lane.stop()
            # What the sequencer was behind is part of the price; the second it rests is not.
            late = time.perf_counter()
            await sequencer.stop(drain=True)
            run.wall_s += time.perf_counter() - late if book.name != BARE else 0.0
        run.units = len(run.latencies)
    return run
