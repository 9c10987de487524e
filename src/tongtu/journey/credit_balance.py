"""What was paid beyond a debt that is over goes back by itself, on the day it is known.

No person acts on it, so none has to allow it: the amount is the loan's own figure, and it goes to
the account it came from. What a bank refuses is tried again on each of the next days, and after
that is a person's: a break says so.
"""

from __future__ import annotations

from tongtu.journey.money_back import send_money_back
from tongtu.kernel.errors import NotFound, Refused
from tongtu.kernel.money import Money
from tongtu.notice.api import Notice, send
from tongtu.payments.api import (
    BreakKind,
    Instruction,
    cover,
    failed_refunds,
    is_refund_open,
    open_break,
)
from tongtu.runtime.api import Connection, Runtime, business_date, get_logger
from tongtu.servicing.api import (
    Change,
    EventKind,
    LoanRow,
    LoanState,
    credit_balances,
    hold_balance,
    preview_loan_change,
)

# A closed account stays closed: after so many refunds that failed a person finds another way.
TRIES_MAX = 3
log = get_logger("journey")


async def give_rest_back(
    connection: Connection, runtime: Runtime, row: LoanRow, state: LoanState
) -> None:
    """Begin to give back what a held loan has beyond a debt that is over, in the caller's commit.

    One refund goes at a time: what comes while one is under way goes when the next day opens.
    """
    if not state.going_back_minor or await is_refund_open(connection, row.cell, row.id):
        return
    failed = await failed_refunds(connection, row.cell, row.id, TRIES_MAX)
    if len(failed) == TRIES_MAX:
        log.warning("refund_needs_a_person", payment=failed[0].end_to_end_id)
        await open_break(connection, runtime, failed[0], BreakKind.OWED_TO_BORROWER)
        return
    today = await business_date(connection)
    change = Change(EventKind.BALANCE_REFUNDED, today, amount_minor=state.going_back_minor)
    found = await preview_loan_change(connection, row.cell, row.id, change)
    await send_money_back(connection, runtime, found, change)
    if not failed:
        await _tell(connection, runtime, row, state.going_back_minor)


async def give_rests_back(runtime: Runtime, cell: int) -> None:
    """Begin what is still to go back of a cell's loans, each in a commit of its own.

    Safe to stop and to call again: a loan whose refund is under way is passed over.
    """
    after = 0
    while True:
        async with runtime.database.reading() as connection:
            page = await credit_balances(connection, cell, after)
        if not page:
            return
        for loan in page:
            try:
                async with runtime.database.transaction() as connection:
                    row, state = await hold_balance(connection, cell, loan)
                    await give_rest_back(connection, runtime, row, state)
            except Refused as refusal:  # one loan never keeps the day of all others
                log.error("rest_not_given_back", loan=loan, reason=refusal.code)
        after = page[-1]


async def no_longer_owed(connection: Connection, runtime: Runtime, refund: Instruction) -> None:
    """Close the break of a loan whose money found its way to the borrower after all."""
    at, kind = runtime.clock.now(), BreakKind.OWED_TO_BORROWER
    for one in await failed_refunds(connection, refund.cell, refund.subject, TRIES_MAX):
        await cover(connection, one, kind, at, "it was given back")


async def _tell(connection: Connection, runtime: Runtime, row: LoanRow, amount_minor: int) -> None:
    yuan, _, _ = str(Money(amount_minor)).partition(" ")
    values = {"loan": runtime.public.show("loan", row.id), "amount": yuan}
    try:
        await send(connection, runtime, Notice("going_back", values, party=row.party))
    except NotFound:  # one whose loan was taken over from elsewhere has given no phone here
        log.info("notice_without_a_phone", loan=values["loan"])
