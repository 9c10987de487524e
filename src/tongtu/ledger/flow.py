"""Posting: in a caller's own transaction, or through the lane that shares one commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby

from asyncpg.exceptions import DeadlockDetectedError, SerializationError

from tongtu.kernel.ids import AccountId
from tongtu.ledger.model import Account, AccountKind, Posting, PostingResult, Transfer
from tongtu.ledger.rules import CHUNK, chunks
from tongtu.ledger.store import open_account, post_chunk
from tongtu.runtime.api import Connection, Lane, Runtime

# While one batch waits for the disk, the next is made ready: 1.3 times the rate of one lane, even
# when both post to one hot account.
LANES = 2
# Another writer's transaction may wait for ours in a circle only when it posts twice; then the
# database ends one of the two, and the same batch is asked again.
ATTEMPTS_MAX = 3


async def find_or_open(
    connection: Connection, cell: int, kind: AccountKind, owner: int, product: str | None = None
) -> AccountId:
    """Return the account's id; open it when it is not open yet.

    Raises:
        Broken: another account has the id.
    """
    return await open_account(connection, Account(cell, kind, owner, product))


async def post(
    connection: Connection,
    cell: int,
    transfers: Sequence[Transfer],
    business_date: date,
    at: datetime,
) -> list[PostingResult]:
    """Post transfers in the caller's transaction, in order; one answer each.

    Raises:
        BadInput: a linked group is longer than a batch may be.
    """
    answers: list[PostingResult] = []
    for chunk in chunks(transfers):
        answers += await post_chunk(connection, cell, chunk, business_date, at)
    return answers


def ledger_lane(runtime: Runtime, cell: int) -> Lane[Posting, tuple[PostingResult, ...]]:
    """Return the cell's posting lane: what waits together is posted by one call and commit."""

    async def handle(
        connection: Connection, postings: Sequence[Posting]
    ) -> list[tuple[PostingResult, ...]]:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return await _post_all(connection, cell, postings, runtime.clock.now())
            except (DeadlockDetectedError, SerializationError):
                if attempt == ATTEMPTS_MAX:
                    raise
        raise AssertionError("the last attempt returns or raises")

    return Lane(
        f"ledger_{cell}",
        runtime.database.lane_connection,
        handle,
        batch_max=runtime.settings.lane_batch_max,
        queue_max=runtime.settings.lane_queue_max,
        lanes=LANES,
    )


async def _post_all(
    connection: Connection, cell: int, postings: Sequence[Posting], at: datetime
) -> list[tuple[PostingResult, ...]]:
    days = [
        (day, [transfer for posting in group for transfer in posting.transfers])
        for day, group in groupby(postings, key=lambda posting: posting.business_date)
    ]
    answers: list[PostingResult] = []
    if len(days) == 1 and len(days[0][1]) <= CHUNK:  # one statement commits by itself
        answers += await post(connection, cell, days[0][1], days[0][0], at)
    else:
        async with connection.transaction():
            for day, transfers in days:
                answers += await post(connection, cell, transfers, day, at)
    taken = iter(answers)
    return [tuple(next(taken) for _ in posting.transfers) for posting in postings]
