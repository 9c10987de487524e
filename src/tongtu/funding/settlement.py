"""What a lender is told of a closed day: its payments, held against its account in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tongtu.funding.rules.settlement import (
    Day,
    Settlement,
    SettlementLine,
    SettlementState,
    make,
)
from tongtu.funding.store import settlement as store
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Conflict, NotFound, TooLarge
from tongtu.ledger.api import Account, AccountKind, Code, StatementLine, statement
from tongtu.payments.api import PaymentKind, PaymentState, booked_on, held_on, held_until
from tongtu.runtime.api import Connection, Runtime, business_date

LENDER_NUMBER_MAX = 40  # the database holds the same bound
LINES_MAX = 10_000  # as many as a statement of the ledger shows at once
# What payments do to a lender's account; every other movement is a line of its own, and so is a
# repayment that was undone without the bank: there is no payment that it would belong to.
_OF_PAYMENTS = frozenset(
    {
        Code.PAYOUT_HOLD,
        Code.PAYOUT_RELEASE,
        Code.DISBURSEMENT_CASH,
        Code.REPAYMENT_SETTLE,
        Code.MERCHANT_REBATE,
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A lender's word on a file, named by its hash."""

    sha256: bytes
    is_right: bool
    note: str | None = None


async def settle(connection: Connection, runtime: Runtime, lender: int, day: date) -> Settlement:
    """Make the settlement of a lender's closed day, once; the same again returns it.

    Raises:
        Conflict: code `day_open`: the day is not closed.
        NotFound: no such lender.
        TooLarge: more lines than a file has.
        Broken: code `settlement_differs`: payments and ledger do not agree; no file is made.
    """
    if day >= await business_date(connection):
        raise Conflict("a day is settled when it is closed", code="day_open")
    standing = await store.find(connection, lender, day)
    if standing is not None:
        return standing
    opening_minor = closing_minor = 0
    lines: list[SettlementLine] = []
    # Reads all cells: a lender has one sub-account in each.
    for cell in range(runtime.settings.cells):
        account = Account(cell, AccountKind.LENDER_FUNDS, lender)
        books = await statement(connection, account, day, day)
        opening_minor += books.opening_minor
        closing_minor += books.closing_minor
        of_payments, returned = await _of_payments(connection, cell, lender, day)
        lines += of_payments
        lines += [
            _other(line)
            for line in books.lines
            if line.code not in _OF_PAYMENTS or _is_undone(line, returned)
        ]
    if len(lines) > LINES_MAX:
        raise TooLarge("more lines than a settlement file has", code="settlement_too_long")
    made = make(Day(lender, day, opening_minor, closing_minor), lines)
    await store.add(connection, made, runtime.clock.now())
    kept = await store.find(connection, lender, day)
    assert kept is not None
    return kept


async def answer_settlement(
    connection: Connection, runtime: Runtime, caller: Caller, day: date, said: Answer
) -> Settlement:
    """Keep a lender's yes or no to its own file of a day, once.

    Raises:
        NotFound: there is no such file of this lender's.
        Conflict: another file than the one named, or it was answered.
    """
    lender = caller.organisation
    state = SettlementState.CONFIRMED if said.is_right else SettlementState.DISPUTED
    at = runtime.clock.now()
    word = store.Answered(said.sha256, state, caller.subject, at, said.note)
    answered = await store.answer(connection, lender, day, word)
    if answered is not None:
        return answered
    if await store.find(connection, lender, day) is None:
        raise NotFound("there is no such settlement")
    raise Conflict("another file, or one that was answered", code="already_answered")


async def list_settlements(
    connection: Connection, caller: Caller, day: date
) -> Sequence[Settlement]:
    """Return a day's settlements: a lender sees its own, staff all."""
    lender = caller.organisation if caller.role is Role.LENDER else None
    return await store.of_day(connection, day, lender)


async def find_settlement(
    connection: Connection, caller: Caller, lender: int, day: date
) -> Settlement:
    """Return a settlement the caller may see. Raises NotFound."""
    is_own = caller.role is not Role.LENDER or caller.organisation == lender
    may_see = is_own and 1 <= lender <= LENDER_NUMBER_MAX
    found = await store.find(connection, lender, day) if may_see else None
    if found is None:
        raise NotFound("there is no such settlement")
    return found


async def _of_payments(
    connection: Connection, cell: int, lender: int, day: date
) -> tuple[list[SettlementLine], frozenset[int]]:
    """Return a line for each end of a payment, and the loans whose money the bank took back."""
    booked = await booked_on(connection, cell, lender, day, LINES_MAX + 1)
    # A payout that a person still has to clear: the money is set aside and has not come back.
    held = await held_on(connection, cell, lender, day, LINES_MAX + 1)
    lines = [
        SettlementLine(
            f"{one.kind}_{one.state.value}", one.end_to_end_id, one.bank_reference or "",
            one.amount_minor,
        )
        for one in booked
    ]  # fmt: skip
    lines += [
        SettlementLine(f"{one.kind.value}_held", one.end_to_end_id, "", one.movement_minor)
        for one in held
    ]
    # It is set aside no more, whatever became of it.
    lines += [
        SettlementLine(f"{one.kind.value}_hold_ended", one.end_to_end_id, "", -one.movement_minor)
        for one in await held_until(connection, cell, lender, day, LINES_MAX + 1)
    ]
    returned = frozenset(
        one.subject
        for one in booked
        if one.state is PaymentState.RETURNED or one.kind == PaymentKind.REFUND
    )
    return lines, returned


def _is_undone(line: StatementLine, returned: frozenset[int]) -> bool:
    """Tell whether a repayment was taken from the lender again, and not by the bank."""
    is_taken = line.code is Code.REPAYMENT_SETTLE and line.amount_minor < 0
    return is_taken and line.subject not in returned


def _other(line: StatementLine) -> SettlementLine:
    name = "repayment_undone" if line.code is Code.REPAYMENT_SETTLE else line.code.name.lower()
    return SettlementLine(name, "", "", line.amount_minor)
