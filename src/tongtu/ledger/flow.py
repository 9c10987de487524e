"""Posting, by a caller or through the lane; sweeping, rolling days up, closing periods."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate, groupby, pairwise
from operator import attrgetter

from asyncpg.exceptions import DeadlockDetectedError, SerializationError

from tongtu.kernel.errors import BadInput
from tongtu.kernel.ids import AccountId
from tongtu.ledger.model import Account, AccountKind, Posting, PostingResult, Transfer
from tongtu.ledger.rules import CHUNK, chunks, end_by_expiring
from tongtu.ledger.store import period
from tongtu.ledger.store.posting import due, open_account, post_chunk
from tongtu.runtime.api import Connection, Lane, Runtime, business_date

# While one batch waits for the disk, the next is made ready: 1.3 times the rate of one lane, even
# when both post to one hot account.
LANES = 2
# Another writer's transaction may wait for ours in a circle only when it posts twice; then the
# database ends one of the two, and the same batch is asked again.
ATTEMPTS_MAX = 3
# More than any book has waiting at once; a sweep that met it goes on in the next call.
SWEEPS_MAX = 10_000
# Ten years of days in one call; a longer way is gone in several.
ROLLS_MAX = 3_660
ONE_DAY = timedelta(days=1)


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
    day: date,
    at: datetime,
) -> list[PostingResult]:
    """Post transfers in the caller's transaction, in order; one answer each.

    Raises:
        BadInput: a linked group is longer than a batch may be.
    """
    answers: list[PostingResult] = []
    for chunk in chunks(transfers):
        answers += await post_chunk(connection, cell, chunk, day, at)
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
        for day, group in groupby(postings, key=attrgetter("business_date"))
    ]
    answers: list[PostingResult] = []
    if len(days) == 1 and len(days[0][1]) <= CHUNK:  # one statement commits by itself
        answers += await post(connection, cell, days[0][1], days[0][0], at)
    else:
        async with connection.transaction():
            for day, transfers in days:
                answers += await post(connection, cell, transfers, day, at)
    ends = list(accumulate((len(posting.transfers) for posting in postings), initial=0))
    return [tuple(answers[start:end]) for start, end in pairwise(ends)]


async def expire_due(runtime: Runtime, cell: int, day: date, at: datetime) -> int:
    """Free every pending transfer whose time is over at `at`; return how many were.

    A commit for each few hundred, each safe to repeat: stopped at any point, the next call goes on.
    What is ended by another hand meanwhile is left as it is.
    """
    freed = 0
    for _ in range(SWEEPS_MAX):
        async with runtime.database.transaction() as connection:
            waiting = await due(connection, cell, at, CHUNK)
            expiries = [end_by_expiring(one) for one in waiting]
            answers = await post(connection, cell, expiries, day, at)
        freed += answers.count(PostingResult.POSTED)
        if len(waiting) < CHUNK:
            break
    return freed


async def roll_days(runtime: Runtime, cell: int, through: date) -> int:
    """Roll up the days that are over, in order, a commit each; return how many were.

    Raises:
        BadInput: `through` is not over.
    """
    rolled = 0
    for _ in range(ROLLS_MAX):
        async with runtime.database.transaction() as connection:
            if through >= await business_date(connection):
                raise BadInput("a day that is not over is not rolled up", code="day_not_over")
            day = await period.next_day(connection, cell)
            if day is None or day > through:
                break
            rolled += await period.roll_day(connection, cell, day)
    return rolled


async def close_through(connection: Connection, runtime: Runtime, through: date, by: int) -> bool:
    """Close the books of every cell, whose days are rolled up, in the caller's commit.

    Nothing is dated there any more. Returns False when all were closed before.

    Raises:
        BadInput: `through` is not over.
    """
    if through >= await business_date(connection):
        raise BadInput("a day that is not over is not closed", code="day_not_over")
    is_new = False
    for cell in range(runtime.settings.cells):
        await period.roll_day(connection, cell, through)  # of a cell without any posting yet
        is_new |= await period.close(connection, cell, through, by, runtime.clock.now())
    return is_new


async def close_period(runtime: Runtime, through: date, by: int) -> bool:
    """Roll up and close the books of every cell through a day that is over, and safe to repeat.

    Raises:
        BadInput: `through` is not over.
    """
    for cell in range(runtime.settings.cells):
        await roll_days(runtime, cell, through)
    async with runtime.database.transaction() as connection:
        return await close_through(connection, runtime, through, by)
