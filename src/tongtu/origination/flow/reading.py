"""Applications as their callers see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from tongtu.funding.api import quotas
from tongtu.identity.api import Caller
from tongtu.kernel.ids import ApplicationId, ProgramId
from tongtu.origination.model import ApplicationView, StepAt
from tongtu.origination.rules.stored import Reader
from tongtu.origination.store import acceptance as acceptances
from tongtu.origination.store import application as applications
from tongtu.origination.store.version import find_reading
from tongtu.runtime.api import Connection

# Versions whose readers are kept; each person's page meets few.
KEPT_MAX = 16
# Ids are positive int8: every id lies below this.
_NEWEST = ApplicationId((1 << 63) - 1)


async def find_application(
    connection: Connection, caller: Caller, application: int, *, cell: int | None = None
) -> ApplicationView:
    """Return an application the caller may see; staff name the cell it lies in.

    Raises:
        NotFound.
    """
    place = caller.cell if cell is None else cell
    row = await applications.find(connection, place, caller, ApplicationId(application))
    return (await _views(connection, [row]))[0]


async def list_applications(
    connection: Connection, caller: Caller, after: int | None, limit: int
) -> Sequence[ApplicationView]:
    """Return the caller's applications that come after one in the list, newest first."""
    before = _NEWEST if after is None else ApplicationId(after)
    rows = await applications.page(connection, caller.cell, caller, before, limit)
    return await _views(connection, rows)


async def gone_offers(
    connection: Connection,
    cell: int,
    view: ApplicationView,
    beside: Iterable[tuple[int, ProgramId, int]] = (),
) -> tuple[int, ...]:
    """Return the numbers of offers whose lender has lent the money to others meanwhile.

    `beside` are offers that came since: number, program, amount. What a list holds is never gone.
    """
    numbered = enumerate(view.programs, start=1)
    wanted = [(n, program, view.amount_minor) for n, program in numbered if n > view.held]
    wanted += beside
    if not wanted:
        return ()
    left = await quotas(connection, cell, view.business_date)
    return tuple([n for n, program, minor in wanted if left.get(program, 0) < minor])


async def expire_offers(
    connection: Connection, cell: int, business_date: date, origin: str, to: StepAt
) -> int:
    """Let go the quota of the day's offers that nobody took, and move those that stand at `origin`.

    One that waits for a person goes on waiting.

    Runs in the transaction that closes the day; a second run does nothing. Returns how many
    applications had open offers.
    """
    return await acceptances.expire_day(connection, cell, business_date, origin, to)


@lru_cache(maxsize=KEPT_MAX)
def _reader(dictionary: bytes, words: bytes) -> Reader:
    return Reader(dictionary, words)


async def _views(connection: Connection, rows: Sequence[applications.Row]) -> list[ApplicationView]:
    readers = {
        number: _reader(*await find_reading(connection, number))
        for number in {row.version for row in rows}
    }
    return [
        ApplicationView(
            application=row.id,
            decision=row.decision,
            party=row.party,
            product=row.product,
            amount_minor=row.amount_minor,
            tenor_months=row.tenor_months,
            outcome=row.outcome,
            business_date=row.business_date,
            submitted_at=row.submitted_at,
            answer=readers[row.version].answer(row.record),
            accepted_offer=row.offer,
            programs=tuple(row.programs),
            held=len(row.programs) if row.holds is None else row.holds,
        )
        for row in rows
    ]
