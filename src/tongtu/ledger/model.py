"""The chart of accounts and what a transfer is: values only, no I/O."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, unique

from tongtu.kernel.ids import SEQUENCE_BITS, SHARD_BITS, AccountId, TransferId, id_shard

# As the SQL has them: a batch of the largest amounts still sums within an int8.
BATCH_MAX = 4096
AMOUNT_MINOR_MAX = 10**15
BALANCE_MINOR_MAX = 4 * 10**18


@unique
class AccountKind(IntEnum):
    """What an account stands for. A debit lowers a balance, a credit raises it; all sum to 0."""

    LENDER_FUNDS = 1  # money a lender has ready with its custodian; never below 0
    LENDER_CLAIMS = 2  # contra of the loan controls: minus what borrowers owe a lender
    LOAN_PRINCIPAL = 3  # control per (cell, lender, product): principal owed; never below 0
    LOAN_INTEREST = 4  # control: interest accrued and not paid
    LOAN_FEE = 5  # control: lender's fees accrued and not paid
    BORROWER_CASH = 6  # paid out to minus collected from one borrower
    CLEARING_PAYOUT = 7  # on its way to borrowers; never below 0
    CLEARING_COLLECT = 8  # on its way from borrowers
    CAPITAL = 9  # the world outside: where lenders' money comes from
    SUSPENSE = 10  # not understood yet; a person clears it
    PLATFORM_FEE = 11  # what lenders pay the platform; nobody else can (rules: is_forbidden)
    GUARANTOR_FUNDS = 12  # money a guarantor has ready with its custodian; never below 0


# A kind that is not named here may go below zero.
FLOORS_MINOR = {
    AccountKind.LENDER_FUNDS: 0,
    AccountKind.LOAN_PRINCIPAL: 0,
    AccountKind.CLEARING_PAYOUT: 0,
    AccountKind.GUARANTOR_FUNDS: 0,
}
# Their owner is a party, so they live in the party's shard; all others have one a cell.
PERSONAL_KINDS = frozenset({AccountKind.BORROWER_CASH})


@unique
class Code(IntEnum):
    """Why money moved. Debit -> credit of each stands beside it."""

    CAPITAL_IN = 1  # capital -> lender_funds
    CAPITAL_OUT = 2  # lender_funds -> capital
    PAYOUT_HOLD = 10  # lender_funds -> clearing_payout
    PAYOUT_RELEASE = 11  # clearing_payout -> lender_funds: the hold is given back
    DISBURSEMENT_CASH = 12  # clearing_payout -> borrower_cash
    DISBURSEMENT_CLAIM = 13  # lender_claims -> loan_principal
    # A joint loan is paid out of its lead lender's account, which the other funders fill before.
    SHARE_FUNDED = 15  # lender_funds of a funder -> of the lead lender
    SHARE_GIVEN_BACK = 16  # lender_funds of the lead lender -> of a funder
    ACCRUAL_INTEREST = 20  # lender_claims -> loan_interest
    ACCRUAL_FEE = 21  # lender_claims -> loan_fee
    REPAYMENT_COLLECT = 30  # borrower_cash -> clearing_collect
    REPAYMENT_SETTLE = 31  # clearing_collect -> lender_funds
    REPAYMENT_PRINCIPAL = 32  # loan_principal -> lender_claims
    REPAYMENT_INTEREST = 33  # loan_interest -> lender_claims
    REPAYMENT_FEE = 34  # loan_fee -> lender_claims
    REPAYMENT_REFUND = 35  # clearing_collect -> borrower_cash: paid too much
    REPAYMENT_SURPLUS = 36  # clearing_collect -> suspense: paid too much, owed back
    SHARE_PAID = 37  # lender_funds of the lead lender -> of a funder, or guarantor_funds
    PLATFORM_SERVICE_FEE = 40  # lender_funds -> platform_fee
    # A guarantor pays a joint loan's funders and has their claims.
    COMPENSATION_CASH = 70  # guarantor_funds -> lender_funds
    COMPENSATION_PRINCIPAL = 71  # loan_principal of the funder -> of the guarantor
    COMPENSATION_INTEREST = 72  # loan_interest, likewise
    COMPENSATION_CLAIM = 73  # lender_claims of the guarantor -> of the funder: the contra
    SWEEP = 50  # between the sub-accounts of two cells
    CORRECTION = 60  # through suspense, by two persons


@unique
class PostingResult(IntEnum):
    """The answer for one transfer."""

    POSTED = 0
    ALREADY_POSTED = 1
    INSUFFICIENT = 2
    OTHER_BODY = 3
    NO_ACCOUNT = 4
    GROUP_FAILED = 5
    BAD_AMOUNT = 6
    FORBIDDEN = 7

    @property
    def has_effect(self) -> bool:
        """Whether the transfer stands in the books, by this call or by an earlier one."""
        return self <= PostingResult.ALREADY_POSTED


@dataclass(frozen=True, slots=True)
class Account:
    """An account by what it is. `owner` is a party, a lender's number, or 0 for the platform."""

    cell: int
    kind: AccountKind
    owner: int = 0
    product: str | None = None
    currency: str = "CNY"

    @property
    def id(self) -> AccountId:
        """The id follows from the properties, so that no look-up stands before a posting.

        A personal account carries its party's shard and keeps its id when a cell is split.
        """
        is_personal = self.kind in PERSONAL_KINDS
        place = "" if is_personal else str(self.cell)
        name = f"{self.kind:d}|{self.owner}|{self.product or ''}|{self.currency}|{place}"
        value = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") >> 1
        shard = id_shard(self.owner) if is_personal else 0
        shard_mask = ((1 << SHARD_BITS) - 1) << SEQUENCE_BITS
        return AccountId(value & ~shard_mask | shard << SEQUENCE_BITS)

    @property
    def floor_minor(self) -> int | None:
        """The balance the account never goes below; None for no floor."""
        return FLOORS_MINOR.get(self.kind)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Move `amount_minor` from `debit` to `credit`; `id` is the idempotency key.

    Transfers of one batch with the same `link` (not 0, best the id of the first) post all or none.
    `subject` is the loan or application it belongs to.
    """

    id: TransferId
    debit: AccountId
    credit: AccountId
    amount_minor: int
    code: Code
    link: int = 0
    subject: int = 0


@dataclass(frozen=True, slots=True)
class Posting:
    """What one caller asks of the lane: its transfers, and the business date they count for."""

    business_date: date
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """The books against the replay of their postings."""

    accounts: int
    transfers: int
    differences: int  # accounts whose balance is not the sum of their postings
    sum_minor: int  # over all accounts, per currency, without sign; 0 when money is conserved

    @property
    def is_whole(self) -> bool:
        """Whether every balance equals its replay and money is conserved."""
        return self.differences == 0 and self.sum_minor == 0


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement as its account sees it: `amount_minor` is negative for a debit."""

    transfer: TransferId
    business_date: date
    at: datetime
    code: Code
    counterparty: AccountId
    amount_minor: int
    subject: int


@dataclass(frozen=True, slots=True)
class Statement:
    """Movements of the business dates `opened_on`..`closed_on`; opening + lines == closing."""

    account: AccountId
    opened_on: date
    closed_on: date
    opening_minor: int
    closing_minor: int
    lines: tuple[StatementLine, ...]
