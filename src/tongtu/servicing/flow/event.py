"""Loan events: opening and repaying. Each is event, postings and evidence in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tongtu.kernel.errors import Broken, Refused
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.flow import books, entry, joint
from tongtu.servicing.model import EventKind, LoanEvent, LoanState, LoanStatus, Part
from tongtu.servicing.model.event import Early, GoodsBack
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.sharing import Joint
from tongtu.servicing.rules.snapshot import pack
from tongtu.servicing.store import day as day_store
from tongtu.servicing.store import joint as joint_store
from tongtu.servicing.store import loan as store

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Money:
    """A confirmed payment of a loan.

    `is_payout_back`: the payout itself came back, so no interest and no fee was ever owed, and what
    was paid of them lies beyond the debt.
    """

    payment: int
    amount_minor: int
    value_date: date
    is_payout_back: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a payment did. `is_new` is False when its news had arrived before.

    `to_lender_minor` is what moved on the lender's account: what is beyond the debt did not, and
    what an earlier payment had paid may lie beyond it now.
    """

    loan: store.LoanRow
    state: LoanState
    is_new: bool
    to_lender_minor: int

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed any more."""
        return self.state.settled_on is not None


async def open_loan(
    connection: Connection, runtime: Runtime, new: store.NewLoan, money: Money
) -> None:
    """Open a loan whose money has arrived.

    Raises:
        Broken: the amount is not the principal, interest would not run from the day of the money,
            or the ledger refuses.
    """
    whole = new.terms.principal_minor
    if new.shares is not None and new.shares.principal_minor != whole:
        raise Broken("what the funders gave is not the principal", code="shares_not_whole")
    if new.merchant and new.shares is not None:
        raise Broken("a joint loan is not paid out to a merchant", code="joint_purchase")
    if money.amount_minor != whole:
        raise Broken("what was paid out is not the principal", code="principal_not_disbursed")
    if money.value_date != new.terms.opened_on:
        raise Broken("the money left on another day than interest runs from", code="other_day")
    cell, at = runtime.cell(new.party), runtime.clock.now()
    closed = await day_store.share_books(connection, cell)
    today = await business_date(connection)
    event = LoanEvent(
        1, EventKind.DISBURSED, money.value_date, today, money.amount_minor, money.payment
    )
    state = fold(new.terms, [event], new.terms.opened_on)
    opening = store.Opening(pack(state), closed or today - ONE_DAY, at)
    await store.insert(connection, cell, new, opening)
    accounts = books.Accounts(cell, new.lender, new.product, new.party, merchant=new.merchant)
    group = books.Group(entry.ids(runtime, new.id), new.id)
    if new.shares is None:
        books.disburse(group, accounts, money.amount_minor)
        await books.open_books(connection, accounts)
    else:
        await joint_store.insert(connection, cell, new.id, new.product, new.shares)
        of = Joint(new.shares).holders, new.product
        await joint_store.raise_rates(connection, cell, of, new.terms.overdue_rate_bps)
        await joint.disburse(connection, group, accounts, new.shares)
    await books.post_groups(connection, cell, [group], today, at)
    await entry.enter(connection, runtime, new.id, store.Entered(event, (), at), group)


async def record_repayment(
    connection: Connection, runtime: Runtime, cell: int, loan: int, money: Money
) -> Recorded:
    """Enter money that came from the borrower; the same payment is entered once.

    What is more than the debt is put in suspense and told by `servicing.surplus_received`: it came,
    so it is owed back. Raises Broken when the ledger refuses.
    """
    closed = await day_store.share_books(connection, cell)
    row = await store.hold(connection, cell, loan)
    today = await business_date(connection)
    events = [entered.event for entered in (await store.events_of(connection, cell, [loan]))[loan]]
    if any(event.payment == money.payment for event in events):
        return Recorded(row, fold(row.terms, events, today), is_new=False, to_lender_minor=0)
    # What comes after a loan was settled, or given up, never changes how that was.
    before = fold(row.terms, events, today)
    ended = before.settled_on or before.written_off_on
    value_date = max(money.value_date, ended or money.value_date)
    kind = EventKind.REPAID if before.written_off_on is None else EventKind.RECOVERED
    chosen = await store.early_choice(connection, cell, money.payment)
    details: Early | GoodsBack | None = None if chosen is None else Early(chosen)
    if money.is_payout_back:
        details = GoodsBack(is_whole=True)
    event = LoanEvent(
        row.seq + 1, kind, value_date, today, money.amount_minor, money.payment, details
    )
    held = entry.Held(row, events, closed or today - ONE_DAY)
    state = await entry.book(connection, runtime, held, event)
    beyond_minor = state.surplus_minor - before.surplus_minor
    to_lender_minor = money.amount_minor - beyond_minor
    return Recorded(row, state, is_new=True, to_lender_minor=to_lender_minor)


async def check_repayment(
    connection: Connection, row: store.LoanRow, amount_minor: int, pending_minor: int
) -> date:
    """Return the value date of a repayment that may be collected.

    The caller holds the loan's lock (`hold_row`) since before it counted `pending_minor`, so two
    repayments at once cannot both find the same debt; a payment counts there until it is an event.

    Raises:
        Refused: `more_than_owed`, or the loan is settled.
    """
    today, events = await _events(connection, row)
    _check_limit(row, events, (today, pending_minor), amount_minor)
    return today


@dataclass(frozen=True, slots=True)
class RepaymentPreview:
    """A loan as a payment of today would leave it, and what the payment would pay."""

    state: LoanState
    parts: tuple[Part, ...]


async def preview_repayment(
    connection: Connection, row: store.LoanRow, amount_minor: int, early: Early | None, pending: int
) -> RepaymentPreview:
    """Return what a payment of today makes of a loan once those under way have come.

    Raises:
        Refused: as `check_repayment`. Nothing is written.
    """
    today, events = await _events(connection, row)
    _check_limit(row, events, (today, pending), amount_minor)
    kind = EventKind.REPAID if row.status is not LoanStatus.WRITTEN_OFF else EventKind.RECOVERED
    if pending:
        events.append(LoanEvent(row.seq + 1, kind, today, today, pending))
    seq = row.seq + 1 + bool(pending)
    event = LoanEvent(seq, kind, today, today, amount_minor, details=early)
    state = fold(row.terms, [*events, event], today)
    return RepaymentPreview(state, entry.parts_of(event, state))


async def _events(connection: Connection, row: store.LoanRow) -> tuple[date, list[LoanEvent]]:
    entered = (await store.events_of(connection, row.cell, [row.id]))[row.id]
    return await business_date(connection), [one.event for one in entered]


def _check_limit(
    row: store.LoanRow, events: list[LoanEvent], coming: tuple[date, int], amount_minor: int
) -> None:
    today, pending_minor = coming
    state = fold(row.terms, events, today)
    if state.settled_on is not None:
        raise Refused("nothing is owed any more", code="loan_settled")
    limit = state.limit_minor - pending_minor
    # What is under way may settle the loan for less than the plan asks: nothing is left to pay.
    under_way = LoanEvent(row.seq + 1, EventKind.REPAID, today, today, pending_minor)
    if pending_minor and fold(row.terms, [*events, under_way], today).settled_on is not None:
        limit = 0
    if amount_minor > limit:
        raise Refused(
            "more than can be paid today; see fields.amount_minor",
            code="more_than_owed",
            fields={"amount_minor": str(max(limit, 0))},
        )
