"""Direct debits: what is due is collected under the borrower's mandate, in the hours of the pack.

An instalment that the borrower pays by hand is never collected a second time: what is asked for is
what is unpaid of it and not under way, reckoned under the loan's lock.
"""

from __future__ import annotations

from collections.abc import Callable

from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import Refused
from tongtu.kernel.ids import id_shard
from tongtu.payments.api import (
    LOOK_AGAIN,
    RETRY_PAUSE,
    Debit,
    DebitState,
    Instruction,
    PaymentKind,
    PaymentState,
    Turn,
    after_refusal,
    ask_debit,
    collect,
    debit_of,
    is_legal,
    pending_minor,
    take_debit,
    turn_debit,
)
from tongtu.policy.api import Pack
from tongtu.runtime.api import Background, Connection, Runtime, business_date
from tongtu.servicing.api import (
    check_repayment,
    entered_payments,
    find_loan,
    hold_row,
    share_books,
)

# The hours in which the pack lets a person be spoken to about a debt: a debit is such a word.
WINDOW = "contact"
POLL_S = 5.0
_NOT_YET = -1


class DebitWorker(Background):
    """Collects what is due, one instalment a commit. `on_intent` is called after each batch."""

    def __init__(self, runtime: Runtime, pack: Pack, on_intent: Callable[[], None]) -> None:
        self._runtime = runtime
        self._hours = pack.content.hours[WINDOW]
        self._on_intent = on_intent
        super().__init__("debit worker", self.step, POLL_S)

    async def step(self) -> int:
        """Handle every debit that is due now and return how many those were."""
        done = 0
        if is_legal(self._runtime.clock.now(), self._hours, self._runtime.settings.zone):
            while await collect_one(self._runtime):
                done += 1
        if done:
            self._on_intent()
        return done


async def collect_one(runtime: Runtime) -> bool:
    """Take one debit that is due and ask the bank for what is unpaid; False when none is due."""
    async with runtime.database.transaction() as connection:
        at = runtime.clock.now()
        for cell in range(runtime.settings.cells):  # no day ends between here and the commit
            await share_books(connection, cell)
        debit = await take_debit(connection, await business_date(connection), at)
        if debit is None:
            return False
        amount_minor, state = await _unpaid(connection, runtime, debit)
        if state is not None:
            await turn_debit(connection, debit, Turn(state, at + LOOK_AGAIN, at))
            return True
        payment = await _collect(connection, runtime, debit, amount_minor)
        if payment is None:
            await turn_debit(connection, debit, Turn(DebitState.PLANNED, at + LOOK_AGAIN, at))
        else:
            await ask_debit(connection, debit, payment, at)
    return True


async def debit_ended(connection: Connection, runtime: Runtime, payment: Instruction) -> None:
    """Note the end of a payment that was a debit: paid, to be tried again, or given up.

    A debit that the bank takes back later counts as a refused one. One of the mandate's whole
    limit may have paid a part only: what is left is looked at anew.
    """
    debit = await debit_of(connection, payment.cell, payment.id)
    if debit is None:
        return
    at = runtime.clock.now()
    is_capped = payment.amount_minor >= debit.mandate.limit_minor
    if payment.state is PaymentState.SETTLED and is_capped:
        left_minor = await _left_minor(connection, runtime, debit)
        if left_minor:  # what falls due later than was planned, too
            await turn_debit(connection, debit, Turn(DebitState.PLANNED, at, at, is_part=True))
            return
    state = DebitState.PAID
    if payment.state in (PaymentState.REJECTED, PaymentState.RETURNED):
        is_revoked = debit.mandate.revoked_at is not None
        state = DebitState.CANCELLED if is_revoked else after_refusal(debit.attempts)
    await turn_debit(connection, debit, Turn(state, at + RETRY_PAUSE, at))


async def _unpaid(
    connection: Connection, runtime: Runtime, debit: Debit
) -> tuple[int, DebitState | None]:
    """Return what is to be asked for, or what becomes of the debit when that is nothing."""
    mandate = debit.mandate
    await hold_row(connection, mandate.cell, _borrower(debit), debit.loan)
    unpaid = await _left_minor(connection, runtime, debit)
    if unpaid is None:
        return 0, DebitState.CANCELLED
    if unpaid == _NOT_YET:
        return 0, DebitState.PLANNED
    if unpaid <= 0:
        return 0, DebitState.PAID
    entered = await entered_payments(connection, mandate.cell, debit.loan)
    unpaid -= await pending_minor(connection, mandate.cell, debit.loan, entered)
    if unpaid <= 0:  # what is under way may pay it; if it fails, it is due again
        return 0, DebitState.PLANNED
    return min(unpaid, mandate.limit_minor), None


async def _left_minor(connection: Connection, runtime: Runtime, debit: Debit) -> int | None:
    """Return what is due and unpaid of a debit's instalment; None when the plan has it no more.

    Below zero where it falls due later than was planned: nothing is collected before its day.
    """
    loan = await find_loan(connection, runtime, _borrower(debit), debit.loan)
    rows = [row for row in loan["schedule"] if row["nr"] == debit.nr]
    if not rows:
        return None
    if loan["state"] == "settled":
        return 0
    if rows[0]["due_date"] > (await business_date(connection)).isoformat():
        return _NOT_YET
    left: int = rows[0]["total_minor"] - rows[0]["paid_minor"]
    return left


async def _collect(
    connection: Connection, runtime: Runtime, debit: Debit, amount_minor: int
) -> int | None:
    """Return the payment, or None when the loan takes no such amount now."""
    mandate = debit.mandate
    row = await hold_row(connection, mandate.cell, _borrower(debit), debit.loan)
    entered = await entered_payments(connection, mandate.cell, debit.loan)
    pending = await pending_minor(connection, mandate.cell, debit.loan, entered)
    try:
        value_date = await check_repayment(connection, row, amount_minor, pending)
    except Refused:
        return None
    payment = await collect(
        connection,
        runtime,
        Instruction(
            cell=mandate.cell,
            id=runtime.ids.new(id_shard(mandate.party)),
            kind=PaymentKind.COLLECTION,
            subject=debit.loan,
            party=mandate.party,
            lender=mandate.lender,
            amount_minor=amount_minor,
            value_date=value_date,
            mandate=mandate.id,
        ),
    )
    return payment.id


def _borrower(debit: Debit) -> Caller:
    """Return whom a debit acts for: the borrower, who gave the mandate and may revoke it."""
    return Caller(Role.BORROWER, debit.mandate.party, 0, debit.mandate.cell)
