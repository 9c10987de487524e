"""What was paid beyond a debt that is over goes back by itself, on the day it is known.

No person acts on it, so none has to allow it: the amount is the loan's own figure, and it goes to
the account it came from. What a bank refuses is tried again on each of the next days, and after
that is a person's: a break says so.
"""

from __future__ import annotations

from tongtu.journey.money_back import send_money_back
from tongtu.kernel.errors import NotFound, TongtuError
from tongtu.kernel.money import Money
from tongtu.notice.api import Notice, send
from tongtu.payments.api import (
    BreakKind,
    Instruction,
    PaymentState,
    cover,
    has_refund_not_booked,
    is_refund_open,
    open_break,
    refunds_of,
)
from tongtu.runtime.api import Connection, Runtime, business_date, get_logger
from tongtu.servicing.api import (
    Change,
    EventKind,
    LoanRow,
    LoanState,
    change_of_json,
    credit_balances,
    find_money_back,
    hold_balance,
    preview_loan_change,
)

# A closed account stays closed: after so many refunds that failed a person finds another way.
TRIES_MAX = 3
# So many refunds of a loan are looked through for how its last ones fared.
_LOOKED_AT = 50
_FAILED = frozenset({PaymentState.REJECTED, PaymentState.RETURNED})
log = get_logger("journey")


async def give_rest_back(
    connection: Connection, runtime: Runtime, row: LoanRow, state: LoanState
) -> None:
    """Begin to give back what a held loan has beyond a debt that is over, in the caller's commit.

    One refund goes at a time: what comes while one is under way goes when the next day opens. What
    this cannot do never undoes what it hangs on: it is tried again when the next day opens.
    """
    try:
        async with connection.transaction():
            await _begin(connection, runtime, row, state)
    except TongtuError as refusal:
        log.error("rest_not_given_back", loan=row.id, reason=refusal.code)


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
            except TongtuError as refusal:  # one loan never keeps the day of all others
                log.error("rest_not_given_back", loan=loan, reason=refusal.code)
        after = page[-1]


async def no_longer_owed(connection: Connection, runtime: Runtime, row: tuple[int, int]) -> None:
    """Close the break of a loan (cell, id) whose money found its way to the borrower after all."""
    at, kind = runtime.clock.now(), BreakKind.OWED_TO_BORROWER
    for one in await refunds_of(connection, *row, _LOOKED_AT):
        await cover(connection, one, kind, at, "it was given back")


async def _begin(connection: Connection, runtime: Runtime, row: LoanRow, state: LoanState) -> None:
    if not state.going_back_minor or await is_refund_open(connection, row.cell, row.id):
        return
    if await has_refund_not_booked(connection, row.cell, row.id):
        # The borrower has money that the loan does not know of: a person says how much is left.
        log.warning("rest_waits_for_a_refund_not_booked", loan=row.id)
        return
    failed = await _failed_since(connection, row)
    if len(failed) >= TRIES_MAX:
        log.warning("refund_needs_a_person", payment=failed[0].end_to_end_id)
        await open_break(connection, runtime, failed[0], BreakKind.OWED_TO_BORROWER)
        return
    today = await business_date(connection)
    change = Change(EventKind.BALANCE_REFUNDED, today, amount_minor=state.going_back_minor)
    found = await preview_loan_change(connection, row.cell, row.id, change)
    await send_money_back(connection, runtime, found, change)
    if not failed:
        await _tell(connection, runtime, row, state.going_back_minor)


async def _failed_since(connection: Connection, row: LoanRow) -> list[Instruction]:
    """Return the refunds of the balance that failed since one reached the borrower, newest first.

    Other refunds were a person's wish, and say nothing of how this one will fare.
    """
    failed = []
    for one in await refunds_of(connection, row.cell, row.id, _LOOKED_AT):
        kept = await find_money_back(connection, row.cell, one.id)
        if kept is None or change_of_json(kept.encode()).kind is not EventKind.BALANCE_REFUNDED:
            continue
        if one.state not in _FAILED:
            break
        failed.append(one)
    return failed


async def _tell(connection: Connection, runtime: Runtime, row: LoanRow, amount_minor: int) -> None:
    yuan, _, _ = str(Money(amount_minor)).partition(" ")
    values = {"loan": runtime.public.show("loan", row.id), "amount": yuan}
    try:
        await send(connection, runtime, Notice("going_back", values, party=row.party))
    except NotFound:  # one whose loan was taken over from elsewhere has given no phone here
        log.info("notice_without_a_phone", loan=values["loan"])
