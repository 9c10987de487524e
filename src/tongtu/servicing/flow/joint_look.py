"""Joint loans as their funders see them, and the proof that the parts are the whole.

The proof reckons each loan anew from its events and trusts neither the running totals nor the
instructions it compares them with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tongtu.funding.api import SplitInstruction, instructions_of
from tongtu.identity.api import Caller, Role
from tongtu.kernel.errors import NotFound, TooLarge
from tongtu.ledger.api import Account, AccountKind, StatementLine, statement
from tongtu.runtime.api import Connection, Runtime, business_date
from tongtu.servicing.model import Component, LoanState
from tongtu.servicing.rules.admission import MONEY_IN
from tongtu.servicing.rules.fold import fold
from tongtu.servicing.rules.sharing import Joint, Standing, standings
from tongtu.servicing.store import joint as store
from tongtu.servicing.store import loan as loan_store

ONE_DAY = timedelta(days=1)
PAGE_MAX = 200
# A proof folds each loan; past this it is to be asked for by a job, not by a page.
PROVED_MAX = 20_000
FEW = 500


@dataclass(frozen=True, slots=True)
class PayeeSum:
    """What joint loans moved on one payee's account: by the loans, and by the ledger."""

    payee: int
    is_guarantor: bool
    loans_minor: int
    ledger_minor: int


@dataclass(frozen=True, slots=True)
class JointProof:
    """Joint loans against their parts; 0 differences is what is promised."""

    loans: int
    taken: int  # by guarantors
    payments: int
    instructions: int
    split_differences: int
    payees: tuple[PayeeSum, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every part is where it belongs, in the loans and in the ledger."""
        settled = all(one.loans_minor == one.ledger_minor for one in self.payees)
        return self.split_differences == 0 and settled


async def list_shares(
    connection: Connection, runtime: Runtime, caller: Caller, after: int = 0, limit: int = 50
) -> tuple[list[dict[str, Any]], int | None]:
    """Return a page of a lender's shares of joint loans, and the loan to go on after.

    What is claimed is that of the last day end, so that it is the ledger's controls' own figure.

    Raises:
        NotFound: the caller is no lender.
    """
    if caller.role is not Role.LENDER:
        raise NotFound("only a lender has shares")
    limit = max(1, min(limit, PAGE_MAX))
    lender, cell = caller.organisation, caller.cell
    found = await store.page(connection, cell, lender, after, limit + 1)
    loans = await _read(connection, cell, found[:limit])
    closed = await business_date(connection) - ONE_DAY
    items = [_share(runtime, one, lender, closed) for one in loans]
    return items, found[limit - 1] if len(found) > limit else None


async def prove_joint(connection: Connection, cell: int) -> JointProof:
    """Compare every joint loan of a cell with its parts, and the parts with the ledger.

    Raises:
        TooLarge: more than 20,000 joint loans.
    """
    loans: list[_Whole] = []
    after = 0
    while found := await store.page(connection, cell, None, after, FEW):
        loans += await _read(connection, cell, found)
        after = found[-1]
        if len(loans) > PROVED_MAX:
            raise TooLarge(f"more than {PROVED_MAX} joint loans", code="too_many_loans")
    closed = await business_date(connection) - ONE_DAY
    moved = Counter[tuple[int, bool]]()
    for one in loans:
        moved.update(_moved(one))
    payees = [
        PayeeSum(payee, is_guarantor, minor, await _in_ledger(connection, cell, key, loans))
        for key, minor in sorted(moved.items())
        for payee, is_guarantor in [key]
    ]
    return JointProof(
        loans=len(loans),
        taken=sum(one.joint.taken is not None for one in loans),
        payments=sum(len(one.payments) for one in loans),
        instructions=sum(len(one.told) for one in loans),
        split_differences=sum(_differs(one, closed) for one in loans),
        payees=tuple(payees),
    )


@dataclass(frozen=True, slots=True)
class _Whole:
    """A joint loan with all that was told of it."""

    row: loan_store.LoanRow
    joint: Joint
    entered: Sequence[loan_store.Entered]
    told: Sequence[SplitInstruction]
    compensated: Sequence[store.Compensated]

    @property
    def payments(self) -> list[loan_store.Entered]:
        return [one for one in self.entered if one.event.kind in MONEY_IN]

    def state(self, as_of: date) -> LoanState:
        return fold(self.row.terms, [one.event for one in self.entered], as_of)


async def _read(connection: Connection, cell: int, loans: Sequence[int]) -> list[_Whole]:
    rows = await loan_store.find_many(connection, cell, loans)
    joints = await store.find(connection, cell, loans)
    events = await loan_store.events_of(connection, cell, loans)
    told = await instructions_of(connection, cell, loans)
    paid = await store.compensations_of(connection, cell, loans)
    return [
        _Whole(rows[one], joints[one], events[one], told[one], paid.get(one, ())) for one in loans
    ]


def _share(runtime: Runtime, one: _Whole, lender: int, closed: date) -> dict[str, Any]:
    state = one.state(closed)
    stands = next(
        each for each in standings(one.joint, *state.owed_minor[1:]) if each.payee == lender
    )
    share = next(each for each in one.joint.shares.members if each.lender == lender)
    taken = one.joint.taken
    return {
        "loan": runtime.public.show("loan", one.row.id),
        "lead_lender": one.row.lender,
        "product": one.row.product,
        "state": state.status.value,
        "as_of": closed.isoformat(),
        "share_minor": share.principal_minor,
        "rate_bps": share.rate_bps,
        "principal_minor": stands.principal_minor,
        "interest_minor": stands.interest_minor,
        "repaid_minor": stands.repaid_minor,
        "interest_paid_minor": stands.interest_paid_minor,
        "service_fee_minor": stands.service_fee_minor,
        "guarantor": one.joint.shares.guarantor,
        "taken_on": None if taken is None else taken.on.isoformat(),
    }


def _differs(one: _Whole, closed: date) -> bool:
    """Tell whether anything about a loan's parts is not the loan."""
    by_payment = Counter[int]()
    for told in one.told:
        by_payment[told.payment] += told.amount_minor
    paid = {
        entered.event.payment: sum(
            part.amount_minor for part in entered.parts if part.component != Component.SURPLUS
        )
        for entered in one.payments
    }
    if any(by_payment[payment or 0] != amount for payment, amount in paid.items()):
        return True
    state = one.state(closed)
    whole = one.row.terms.principal_minor
    # The totals of all payments, whatever day they count for, from the loan itself.
    owed, got = state.owed_minor, state.recovered_minor
    repaid = whole - owed[0]
    interest = state.paid_interest_minor + state.paid_overdue_minor + got[1]
    fee = state.paid_fee_minor + got[2]
    anew = Joint(one.joint.shares, repaid, interest, fee, one.joint.taken)
    parts = standings(anew, owed[1], owed[2])
    sums = (
        sum(part.principal_minor for part in parts),
        sum(part.interest_minor for part in parts),
        sum(part.fee_minor for part in parts),
    )
    is_sum = sums == owed
    is_told = all(_told_to(part, one.told) == _received(part) for part in parts)
    return not (is_sum and is_told and one.joint.shares.principal_minor == whole)


def _received(part: Standing) -> tuple[int, ...]:
    return (
        part.repaid_minor,
        part.interest_paid_minor,
        part.fee_paid_minor,
        part.service_fee_minor,
    )


def _told_to(part: Standing, told: Iterable[SplitInstruction]) -> tuple[int, ...]:
    own = [one for one in told if one.payee == part.payee]
    return (
        sum(one.principal_minor for one in own),
        sum(one.interest_minor for one in own),
        sum(one.fee_minor for one in own),
        sum(one.service_fee_minor for one in own),
    )


def _moved(one: _Whole) -> Counter[tuple[int, bool]]:
    """Return what a loan moved on each payee's account: given, received, fees, compensation."""
    shares, moved = one.joint.shares, Counter[tuple[int, bool]]()
    for share in shares.members:
        moved[share.lender, False] -= share.principal_minor
    for told in one.told:
        key = (told.payee, told.payee == shares.guarantor)
        moved[key] += told.amount_minor - told.service_fee_minor
    for paid in one.compensated:
        moved[paid.lender, False] += paid.principal_minor + paid.interest_minor
        moved[shares.guarantor, True] -= paid.principal_minor + paid.interest_minor
    return moved


async def _in_ledger(
    connection: Connection, cell: int, payee: tuple[int, bool], loans: Sequence[_Whole]
) -> int:
    """Return what the ledger says that joint loans moved on a payee's account, over all time."""
    number, is_guarantor = payee
    kind = AccountKind.GUARANTOR_FUNDS if is_guarantor else AccountKind.LENDER_FUNDS
    # Before the money arrives its movements are the application's, after that the loan's.
    subjects = {one.row.id for one in loans} | {one.row.application for one in loans}
    first = min(one.row.terms.opened_on for one in loans)
    last = max(first, await business_date(connection))
    account = Account(cell, kind, number)
    lines = await _lines(connection, account, first, last)
    return sum(line.amount_minor for line in lines if line.subject in subjects)


async def _lines(
    connection: Connection, account: Account, first: date, last: date
) -> list[StatementLine]:
    """Return an account's movements, by halves of the period where one statement is too long."""
    try:
        return list((await statement(connection, account, first, last)).lines)
    except TooLarge:
        if first == last:
            raise
        middle = first + (last - first) // 2
        earlier = await _lines(connection, account, first, middle)
        return earlier + await _lines(connection, account, middle + ONE_DAY, last)
