"""A joint loan's postings: each movement goes over the accounts of those whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tongtu.funding.api import Shares, SplitInstruction, instruct
from tongtu.kernel.errors import Broken
from tongtu.ledger.api import Code, open_accounts
from tongtu.runtime.api import Connection
from tongtu.servicing.flow import books
from tongtu.servicing.model import LoanEvent, LoanState
from tongtu.servicing.rules.chunk import Pair
from tongtu.servicing.rules.postings import Movement
from tongtu.servicing.rules.sharing import Joint, Part, divide, standings
from tongtu.servicing.store import joint as store

INVARIANT = "invariant_broken"


@dataclass(frozen=True, slots=True)
class Line:
    """One (lender, product) at the close: the loans' folded components, and what accrued today."""

    lender: int
    product: str
    loans: int
    principal_minor: int
    interest_minor: int
    fee_minor: int
    accrued_interest_minor: int
    accrued_fee_minor: int

    @property
    def figures(self) -> tuple[int, ...]:
        """All that is summed."""
        return (
            self.loans,
            self.principal_minor,
            self.interest_minor,
            self.fee_minor,
            self.accrued_interest_minor,
            self.accrued_fee_minor,
        )


@dataclass(frozen=True, slots=True)
class Arrived:
    """A booked event of a joint loan; `before` is the loan as the books had it."""

    loan: int
    event: LoanEvent
    moved: Movement
    before: LoanState
    at: datetime


async def disburse(
    connection: Connection, group: books.Group, at: books.Accounts, shares: Shares
) -> None:
    """Open each payee's accounts; the cash leaves as one payout, a claim arises for each funder."""
    payees = [(one.lender, False) for one in shares.members] + [(shares.guarantor, True)]
    own = [_accounts(at, payee, is_guarantor) for payee, is_guarantor in payees]
    for one in own:
        await books.open_books(connection, one)
    await open_accounts(connection, [at.platform_fee])
    group.add(Code.DISBURSEMENT_CASH, at.payout, at.borrower, shares.principal_minor)
    for funder, one in zip(shares.members, own, strict=False):
        group.add(Code.DISBURSEMENT_CLAIM, one.claims, one.principal, funder.principal_minor)


async def receive(
    connection: Connection,
    group: books.Group,
    at: books.Accounts,
    joint: Joint,
    arrived: Arrived,
) -> None:
    """Book an event of a joint loan and tell the custodian what of it is whose (分账).

    It reaches the lead lender's account, as the payout left it, and is paid on from there.
    """
    moved, before, event = arrived.moved, arrived.before, arrived.event
    _, interest, fee = before.owed_minor
    parts = divide(joint, moved, (interest, fee))
    group.add(Code.REPAYMENT_COLLECT, at.borrower, at.collect, moved.received_minor)
    settled_minor = moved.received_minor - moved.surplus_minor
    group.add(Code.REPAYMENT_SETTLE, at.collect, at.funds, settled_minor)
    group.add(Code.REPAYMENT_SURPLUS, at.collect, at.suspense, moved.surplus_minor)
    for part in parts:
        own = _accounts(at, part.payee, part.is_guarantor)
        await books.open_place(connection, own, moved.place_after)
        _receive(group, at, part)
    await store.advance(connection, at.cell, arrived.loan, joint.after(moved))
    if event.payment is not None:
        told = [_instruction(arrived, part, event.payment) for part in parts if _moves(part)]
        await instruct(connection, at.cell, told, arrived.at)


def moves(loan: int, joint: Joint, pair: Pair, row: Mapping[str, int]) -> tuple[Line, ...]:
    """Return what moves a joint loan from its lead lender's line of the close to its payees'.

    `pair` is its book, and `row` what the day left of it, as its evidence names it.

    Raises:
        Broken: the parts of the loan are not the loan (`invariant_broken`).
    """
    lead, product = pair
    now = row["interest_minor"], row["fee_minor"]
    accrued = row["accrued_interest_minor"], row["accrued_fee_minor"]
    whole = Line(lead, product, 1, row["principal_minor"], *now, *accrued)
    own = _lines_of(joint, product, now, (now[0] - accrued[0], now[1] - accrued[1]))
    if _total(own) != _total([whole]):
        raise Broken(f"the parts of joint loan {loan} are not the loan", code=INVARIANT)
    away = Line(lead, product, *(-figure for figure in whole.figures))
    return (away, *own)


def _lines_of(
    joint: Joint, product: str, now: tuple[int, int], then: tuple[int, int]
) -> list[Line]:
    before, after = standings(joint, *then), standings(joint, *now)
    return [
        Line(
            two.payee,
            product,
            int(two.is_guarantor is (joint.taken is not None)),
            two.principal_minor,
            two.interest_minor,
            two.fee_minor,
            two.interest_minor - one.interest_minor,
            two.fee_minor - one.fee_minor,
        )
        for one, two in zip(before, after, strict=True)
    ]


def _total(lines: Sequence[Line]) -> tuple[int, ...]:
    """Return the sums of the amounts; a loan stands in the line of each of its funders."""
    return tuple(map(sum, zip(*(line.figures[1:] for line in lines), strict=True)))


def _receive(group: books.Group, lead: books.Accounts, part: Part) -> None:
    at, moved = _accounts(lead, part.payee, part.is_guarantor), part.moved
    if at.funds != lead.funds:
        group.add(Code.SHARE_PAID, lead.funds, at.funds, moved.received_minor)
    books.reckon(group, at, moved)
    group.add(Code.PLATFORM_SERVICE_FEE, at.funds, at.platform_fee, part.service_fee_minor)


def _moves(part: Part) -> bool:
    moved = part.moved
    paid = (moved.paid_principal_minor, moved.paid_interest_minor, moved.paid_fee_minor)
    return any(paid)


def _instruction(arrived: Arrived, part: Part, payment: int) -> SplitInstruction:
    return SplitInstruction(
        payment=payment,
        loan=arrived.loan,
        payee=part.payee,
        business_date=arrived.event.business_date,
        principal_minor=part.moved.paid_principal_minor,
        interest_minor=part.moved.paid_interest_minor,
        fee_minor=part.moved.paid_fee_minor,
        service_fee_minor=part.service_fee_minor,
    )


def _accounts(at: books.Accounts, payee: int, is_guarantor: bool) -> books.Accounts:
    return replace(at, lender=payee, is_guarantor=is_guarantor)
