"""Postings of loans: which accounts each movement runs over, and that the ledger took it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from tongtu.kernel.ids import TransferId
from tongtu.ledger.api import (
    Account,
    AccountKind,
    Code,
    NotPosted,
    Transfer,
    open_accounts,
    post,
)
from tongtu.runtime.api import Connection
from tongtu.servicing.model import Place
from tongtu.servicing.rules.postings import Movement

_KINDS = {
    Place.CHARGED_OFF: AccountKind.LOAN_CHARGED_OFF,
    Place.WRITTEN_OFF: AccountKind.LOAN_WRITTEN_OFF,
}
_REPAYMENTS = (Code.REPAYMENT_PRINCIPAL, Code.REPAYMENT_INTEREST, Code.REPAYMENT_FEE)


@dataclass(slots=True)
class Group:
    """A linked group of transfers that posts whole or not at all. `ids` gives their ids."""

    ids: Iterator[int]
    subject: int
    transfers: list[Transfer] = field(default_factory=list)

    def add(self, code: Code, debit: Account, credit: Account, amount_minor: int) -> None:
        """Add a transfer; a negative amount goes the other way, zero is none."""
        if amount_minor < 0:
            debit, credit, amount_minor = credit, debit, -amount_minor
        if amount_minor:
            number = TransferId(next(self.ids))
            link = self.transfers[0].link if self.transfers else int(number)
            self.transfers.append(
                Transfer(number, debit.id, credit.id, amount_minor, code, link, self.subject)
            )


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts one loan's movements run over; `lender` may be a joint loan's guarantor."""

    cell: int
    lender: int
    product: str
    party: int = 0
    is_guarantor: bool = False
    merchant: int = 0  # whom a loan for goods was paid out to

    @property
    def funds(self) -> Account:
        is_lender = not self.is_guarantor
        kind = AccountKind.LENDER_FUNDS if is_lender else AccountKind.GUARANTOR_FUNDS
        return Account(self.cell, kind, self.lender)

    @property
    def claims(self) -> Account:
        return Account(self.cell, AccountKind.LENDER_CLAIMS, self.lender)

    @property
    def principal(self) -> Account:
        return Account(self.cell, AccountKind.LOAN_PRINCIPAL, self.lender, self.product)

    @property
    def interest(self) -> Account:
        return Account(self.cell, AccountKind.LOAN_INTEREST, self.lender, self.product)

    @property
    def fee(self) -> Account:
        return Account(self.cell, AccountKind.LOAN_FEE, self.lender, self.product)

    @property
    def borrower(self) -> Account:
        return Account(self.cell, AccountKind.BORROWER_CASH, self.party)

    @property
    def recipient(self) -> Account:
        """Who had the money of the loan: the merchant of an entrusted payment, or the borrower."""
        if self.merchant:
            return Account(self.cell, AccountKind.MERCHANT_CASH, self.merchant)
        return self.borrower

    @property
    def payout(self) -> Account:
        return Account(self.cell, AccountKind.CLEARING_PAYOUT)

    @property
    def collect(self) -> Account:
        return Account(self.cell, AccountKind.CLEARING_COLLECT)

    @property
    def platform_fee(self) -> Account:
        return Account(self.cell, AccountKind.PLATFORM_FEE)

    @property
    def suspense(self) -> Account:
        return Account(self.cell, AccountKind.SUSPENSE)

    def of(self, place: Place) -> tuple[Account, Account, Account]:
        """Return where principal, interest and fees of a loan in a place are kept."""
        if place is Place.BOOKS:
            return self.controls
        kind = _KINDS[place]
        account = Account(self.cell, kind, self.lender, self.product)
        return account, account, account

    @property
    def controls(self) -> tuple[Account, Account, Account]:
        """Principal, interest and fee: what the invariant compares with the loans."""
        return self.principal, self.interest, self.fee


def disburse(group: Group, at: Accounts, amount_minor: int) -> None:
    """The money arrived: cash leaves the clearing for its recipient, a claim arises."""
    group.add(Code.DISBURSEMENT_CASH, at.payout, at.recipient, amount_minor)
    group.add(Code.DISBURSEMENT_CLAIM, at.claims, at.principal, amount_minor)


def receive(group: Group, at: Accounts, moved: Movement, *, is_refund: bool = False) -> None:
    """Money came from the borrower: what was due is accrued up to it, then paid.

    A refund of goods comes from their merchant. What is beyond the debt is not the lender's: it
    stays in suspense until it is given back.
    """
    if is_refund:
        group.add(Code.MERCHANT_REFUND, at.recipient, at.collect, moved.received_minor)
    else:
        group.add(Code.REPAYMENT_COLLECT, at.borrower, at.collect, moved.received_minor)
    settled_minor = moved.received_minor - moved.surplus_minor
    group.add(Code.REPAYMENT_SETTLE, at.collect, at.funds, settled_minor)
    group.add(Code.REPAYMENT_SURPLUS, at.collect, at.suspense, moved.surplus_minor)
    reckon(group, at, moved)


def reckon(group: Group, at: Accounts, moved: Movement) -> None:
    """Let the lender's claims follow: accrued, paid, and taken to another place."""
    principal, interest, fee = at.of(moved.place_before)
    group.add(Code.ACCRUAL_INTEREST, at.claims, interest, moved.accrued_interest_minor)
    group.add(Code.ACCRUAL_FEE, at.claims, fee, moved.accrued_fee_minor)
    is_lost = moved.place_before is Place.WRITTEN_OFF
    codes = (Code.RECOVERY,) * 3 if is_lost else _REPAYMENTS
    group.add(codes[0], principal, at.claims, moved.paid_principal_minor)
    group.add(codes[1], interest, at.claims, moved.paid_interest_minor)
    group.add(codes[2], fee, at.claims, moved.paid_fee_minor)
    if moved.place_before is moved.place_after:
        return
    places = (moved.place_before, moved.place_after)
    code = Code.WRITE_OFF if Place.WRITTEN_OFF in places else Code.CHARGE_OFF
    for old, new, amount in zip(
        at.of(moved.place_before), at.of(moved.place_after), moved.owed_minor, strict=True
    ):
        group.add(code, old, new, amount)


async def open_place(connection: Connection, at: Accounts, place: Place) -> None:
    """Open where a loan that leaves the controls is kept."""
    if place is not Place.BOOKS:
        await open_accounts(connection, at.of(place)[:1])


def accrue(group: Group, at: Accounts, interest_minor: int, fee_minor: int) -> None:
    """Claims grew by what was earned; a correction goes the other way."""
    group.add(Code.ACCRUAL_INTEREST, at.claims, at.interest, interest_minor)
    group.add(Code.ACCRUAL_FEE, at.claims, at.fee, fee_minor)


async def open_books(connection: Connection, at: Accounts) -> None:
    """Open what a new loan's movements need."""
    await open_accounts(
        connection,
        [at.funds, at.claims, *at.controls, at.borrower, at.recipient, at.payout, at.collect],
    )


async def post_groups(
    connection: Connection, cell: int, groups: Sequence[Group], business_date: date, at: datetime
) -> None:
    """Post the groups in one call.

    Raises:
        NotPosted: the ledger refuses a transfer; the caller's work is undone with it.
    """
    transfers = [transfer for group in groups for transfer in group.transfers]
    answers = await post(connection, cell, transfers, business_date, at)
    refused = sorted({answer.name for answer in answers if not answer.has_effect})
    if refused:
        raise NotPosted(f"the ledger refused a loan's posting: {', '.join(refused)}")
