"""A person asks for a person: the machine's answer stays on record, the case goes to the desk."""

from __future__ import annotations

from datetime import date, datetime

from tongtu.identity.api import Caller
from tongtu.kernel.errors import Conflict
from tongtu.kernel.ids import ApplicationId
from tongtu.origination.model import Outcome
from tongtu.origination.store import application as applications
from tongtu.origination.store import review
from tongtu.runtime.api import Connection


async def request_review(
    connection: Connection, caller: Caller, application: int, clock: tuple[datetime, date]
) -> None:
    """Note that a declined person wants a person to look; `clock` is when, and by which day.

    Raises:
        NotFound: not the caller's application.
        Conflict: it was not declined, or a person was asked for before.
    """
    wanted = ApplicationId(application)
    row = await applications.find(connection, caller.cell, caller, wanted)
    if row.outcome is not Outcome.DECLINED:
        raise Conflict("only a declined application is looked at again", code="wrong_step")
    await review.insert(connection, caller.cell, wanted, clock)
