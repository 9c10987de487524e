"""A lender grants days that do not count as overdue; what is owed does not change by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tongtu.kernel.errors import Conflict, Refused
from tongtu.kernel.ids import id_shard
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.model import LoanStatus
from tongtu.servicing.rules.delinquency import OverduePause, overdue_days
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import loan as loan_store
from tongtu.servicing.store import pause as store
from tongtu.servicing.store.relief import ReliefReason

# A relief of more than half a year is a change of the plan, not a pause.
PAUSE_DAYS_MAX = 184
# What a machine's error or late news puts right; what is older was reported as it stood.
BACKDATED_DAYS_MAX = 31


@dataclass(frozen=True, slots=True)
class PauseWish:
    """Days of a loan that shall not count as overdue, both included, and why."""

    loan: int
    days: OverduePause
    reason: ReliefReason


@dataclass(frozen=True, slots=True)
class PauseSeen:
    """How many days late a loan counts today, and would count with the pause."""

    dpd_before: int
    dpd_after: int


async def look_at_pause(connection: Connection, runtime: Runtime, wish: PauseWish) -> PauseSeen:
    """Return what a pause would do today; the loan is locked until the transaction ends.

    Raises:
        NotFound: no such loan.
        Conflict: the loan is not live (`wrong_step`), or a day of it is paused (`paused_already`).
        Refused: no days, too many, or too long ago (`bad_pause`).
    """
    cell, days = runtime.cell(wish.loan), wish.days
    await day_store.share_books(connection, cell)
    row = await loan_store.hold(connection, cell, wish.loan)
    if row.status is not LoanStatus.LIVE:
        raise Conflict(f"a loan that is {row.status} is not paused", code="wrong_step")
    today = await business_date(connection)
    earliest = max(row.terms.opened_on, today - timedelta(days=BACKDATED_DAYS_MAX))
    length = (days.last_on - days.first_on).days + 1
    if not 1 <= length <= PAUSE_DAYS_MAX or days.first_on < earliest:
        raise Refused(
            "a pause has a first and a last day; see fields",
            code="bad_pause",
            fields={"first_on": earliest.isoformat(), "days": str(PAUSE_DAYS_MAX)},
        )
    before = (await store.pauses_of(connection, cell, [wish.loan]))[wish.loan]
    if any(one.first_on <= days.last_on and days.first_on <= one.last_on for one in before):
        raise Conflict("some of these days are paused already", code="paused_already")
    events = (await loan_store.events_of(connection, cell, [wish.loan]))[wish.loan]
    oldest = fold(row.terms, [one.event for one in events], today).oldest_late
    return PauseSeen(
        overdue_days(oldest, today, before), overdue_days(oldest, today, [*before, days])
    )


async def pause_overdue(
    connection: Connection, runtime: Runtime, wish: PauseWish, by: int
) -> PauseSeen:
    """Enter a pause; how the loan stands in law follows at the next day's end.

    Raises as `look_at_pause`.
    """
    seen = await look_at_pause(connection, runtime, wish)
    place = runtime.cell(wish.loan), runtime.ids.new(id_shard(wish.loan)), wish.loan
    entered = wish.reason.value, by, runtime.clock.now()
    await store.insert(connection, place, wish.days, entered)
    return seen
