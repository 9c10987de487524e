"""An agent contacts the borrower of a loan: asked of the pack first, logged before it is done."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from tongtu.identity.api import Caller, CommandKey, once
from tongtu.journey.needs import UnderLaw
from tongtu.kernel.errors import Conflict
from tongtu.notice.api import Attempt, Channel, contact, note_answer
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.api import LoanRow, LoanStatus, find_row, fold, loan_events

# What is written off is asked for no more.
_OWED = (LoanStatus.LIVE, LoanStatus.CHARGED_OFF)


@dataclass(frozen=True, slots=True)
class Contact:
    """How the borrower of a loan would be contacted, and what would be said."""

    loan: int
    channel: Channel
    script: str = ""


async def contact_borrower(desk: UnderLaw, caller: Caller, wish: Contact, key: CommandKey) -> bytes:
    """Log an attempt and return {"contact"}; only then may anybody dial.

    Raises:
        NotFound: not a loan the caller may see.
        Conflict: `nothing_overdue`: nobody owes anything that is late on it.
        ContactNotAllowed: the hour, the number of attempts or the script stands against it.
    """
    runtime = desk.runtime

    async def effect(connection: Connection) -> bytes:
        row = await find_row(connection, runtime.cell(wish.loan), caller, wish.loan)
        await _check_overdue(connection, runtime, row)
        attempt = Attempt(row.party, row.id, wish.channel, caller.subject, wish.script)
        number = await contact(connection, runtime, desk.pack, attempt)
        return msgspec.json.encode({"contact": runtime.public.show("notice", number)})

    return await once(runtime, caller, "contact_borrower", key, effect)


async def _check_overdue(connection: Connection, runtime: Runtime, row: LoanRow) -> None:
    """Refuse to speak of a debt that is not there: paid, asked for no more, or not late."""
    events = await loan_events(connection, runtime.cell(row.id), row.id)
    state = fold(row.terms, events, await business_date(connection))
    if row.status not in _OWED or not state.overdue_minor:
        raise Conflict("nothing of this loan is overdue", code="nothing_overdue")


async def note_answered(
    desk: UnderLaw, caller: Caller, call: tuple[int, int], key: CommandKey
) -> bytes:
    """Note that the borrower took a call, named by (loan, contact). Raises NotFound."""
    runtime, (loan, number) = desk.runtime, call

    async def effect(connection: Connection) -> bytes:
        row = await find_row(connection, runtime.cell(loan), caller, loan)
        await note_answer(connection, runtime, row.party, number)
        return msgspec.json.encode({"contact": runtime.public.show("notice", number)})

    return await once(runtime, caller, "note_answered", key, effect)
