"""Cases go to a person: asked for by whom they concern, or held when links come to light."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from tongtu.identity.api import Caller
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import ApplicationId
from tongtu.origination.model import Outcome
from tongtu.origination.store import application as applications
from tongtu.origination.store import document as documents
from tongtu.origination.store import review
from tongtu.origination.store import ruling as rulings
from tongtu.runtime.api import Connection


async def request_review(
    connection: Connection, caller: Caller, application: int, clock: tuple[datetime, date]
) -> None:
    """Note that a declined person wants a person to look; `clock` is when, and by which day.

    Raises:
        NotFound: not the caller's application.
        Conflict: it was not declined, a person was asked for before, or decided it.
    """
    wanted = ApplicationId(application)
    row = await applications.find(connection, caller.cell, caller, wanted)
    if row.outcome is not Outcome.DECLINED:
        raise Conflict("only a declined application is looked at again", code="wrong_step")
    if await rulings.cleared(connection, caller.cell, wanted) is not None:
        raise Conflict("a person decided this application", code="already_asked")
    await review.insert(connection, caller.cell, wanted, clock)


async def review_asked_at(connection: Connection, cell: int, application: int) -> datetime | None:
    """Return when the person asked for a person to look; None when they did not."""
    return await review.asked_at(connection, cell, ApplicationId(application))


async def review_answer_by(connection: Connection, cell: int, application: int) -> date | None:
    """Return by which day a person has to answer who was asked for; None: nobody waits for one."""
    return await review.answer_by(connection, cell, ApplicationId(application))


async def is_cleared(
    connection: Connection, cell: int, application: int, reasons: Sequence[str]
) -> bool:
    """Tell whether a person has seen all that stands against a case, and approved it."""
    seen = await rulings.cleared(connection, cell, ApplicationId(application))
    return seen is not None and set(reasons) <= set(seen)


async def hold_offers(
    connection: Connection, caller: Caller, application: int, why: tuple[Sequence[str], datetime]
) -> None:
    """Note why the caller's offers wait for a person, and since when. Raises NotFound."""
    row = await applications.find(connection, caller.cell, caller, ApplicationId(application))
    reasons, at = why
    await rulings.hold(connection, caller.cell, (row.id, row.decision), reasons, at)


async def ask_documents(
    connection: Connection,
    cell: int,
    application: int,
    asked: tuple[Sequence[str], int],
    clock: tuple[datetime, date],
) -> None:
    """Note which documents which member of staff wants to see of a case, when, by which day.

    They are that case's clerk from now on. Asking again begins anew.
    """
    await documents.ask(connection, cell, ApplicationId(application), asked, clock)


async def find_request(
    connection: Connection, cell: int, application: int, *, for_update: bool = False
) -> documents.DocumentRequest | None:
    """Return which documents a case is asked for; None where none were."""
    wanted = ApplicationId(application)
    return await documents.find(connection, cell, wanted, for_update=for_update)


async def hold_case(connection: Connection, cell: int, application: int) -> None:
    """Lock a case until the commit: nobody rules on it meanwhile. Raises NotFound."""
    await applications.hold(connection, cell, ApplicationId(application))


async def receive_document(
    connection: Connection, cell: int, application: int, kind: str, at: datetime
) -> documents.DocumentRequest:
    """Note that a document is in.

    Raises:
        Conflict: `not_asked`: the case is not asked for it; nothing changed.
    """
    found = await documents.receive(connection, cell, ApplicationId(application), kind, at)
    if found is None:
        raise Conflict("nobody asked for this document", code="not_asked")
    return found


async def take_case(
    connection: Connection, cell: int, application: int, staff: int
) -> documents.DocumentRequest:
    """Make a member of staff the case's clerk. Raises Conflict, `not_asked`."""
    found = await documents.take(connection, cell, ApplicationId(application), staff)
    if found is None:
        raise Conflict("no documents are asked for", code="not_asked")
    return found
