"""The chart of accounts and what a transfer is: values only, no I/O."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, unique
from typing import NamedTuple

from tongtu.kernel.errors import Broken
from tongtu.kernel.ids import SEQUENCE_BITS, SHARD_BITS, AccountId, TransferId, id_shard

# As the SQL has them: a batch of the largest amounts still sums within an int8.
BATCH_MAX = 4096
AMOUNT_MINOR_MAX = 10**15
ANY_CODE = 0  # of a flow that is forbidden whatever it is for
BALANCE_MINOR_MAX = 4 * 10**18


class NotPosted(Broken):
    """The ledger refused what had to be posted; the caller's work is undone with it."""

    default_code = "not_posted"


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
    PLATFORM_FEE = 11  # what lenders pay the platform; nobody else can (ledger.forbidden_flow)
    GUARANTOR_FUNDS = 12  # money a guarantor has ready with its custodian; never below 0
    MERCHANT_CASH = 13  # paid to minus returned by one merchant
    PLATFORM_OWN = 14  # the platform's own bank account: no client's money ever
    LOAN_CHARGED_OFF = 15  # owed on loans charged off: no good claim any more, still collected
    LOAN_WRITTEN_OFF = 16  # written off and not recovered
    OPENING_BALANCE = 17  # loans taken over from elsewhere; 0 again with each


# A kind that is not named here may go below zero.
FLOORS_MINOR = {
    AccountKind.LENDER_FUNDS: 0,
    AccountKind.LOAN_PRINCIPAL: 0,
    AccountKind.CLEARING_PAYOUT: 0,
    AccountKind.GUARANTOR_FUNDS: 0,
    AccountKind.PLATFORM_OWN: 0,
}
# Their owner is a party, so they live in the party's shard; all others have one a cell.
PERSONAL_KINDS = frozenset({AccountKind.BORROWER_CASH})
# Their owner is a lender's number.
KINDS_OF_LENDERS = frozenset(
    {
        AccountKind.LENDER_FUNDS,
        AccountKind.LENDER_CLAIMS,
        AccountKind.LOAN_PRINCIPAL,
        AccountKind.LOAN_INTEREST,
        AccountKind.LOAN_FEE,
        AccountKind.LOAN_CHARGED_OFF,
        AccountKind.LOAN_WRITTEN_OFF,
    }
)


@unique
class Code(IntEnum):
    """Why money moved. Debit -> credit of each stands beside it."""

    CAPITAL_IN = 1  # capital -> lender_funds
    CAPITAL_OUT = 2  # lender_funds -> capital
    PAYOUT_HOLD = 10  # lender_funds -> clearing_payout
    PAYOUT_RELEASE = 11  # clearing_payout -> lender_funds: the hold is given back
    DISBURSEMENT_CASH = 12  # clearing_payout -> borrower_cash, or merchant_cash for a borrower
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
    MERCHANT_REFUND = 38  # merchant_cash -> clearing_collect: goods of a loan came back
    MERCHANT_CHARGE = 39  # merchant_cash -> clearing_collect: interest it bears, its own fee
    SHARE_PAID = 37  # lender_funds of the lead lender -> of a funder, or guarantor_funds
    PLATFORM_SERVICE_FEE = 40  # lender_funds -> platform_fee
    MERCHANT_REBATE = 42  # lender_funds -> merchant_cash: of interest it paid for goods sent back
    PLATFORM_WITHDRAWAL = 41  # platform_fee -> platform_own
    SWEEP = 50  # between the sub-accounts of two cells
    CORRECTION = 60  # through suspense, by two persons
    REVERSAL = 61  # a movement goes back the way it came
    # A guarantor pays a joint loan's funders and has their claims.
    COMPENSATION_CASH = 70  # guarantor_funds -> lender_funds
    COMPENSATION_PRINCIPAL = 71  # loan_principal of the funder -> of the guarantor
    COMPENSATION_INTEREST = 72  # loan_interest, likewise
    OPENING = 85  # lender_claims -> opening_balance, opening_balance -> the loan controls
    OPENING_UNDONE = 86  # the same way back
    COMPENSATION_CLAIM = 73  # lender_claims of the guarantor -> of the funder: the contra
    # What is owed leaves the controls for where it is kept off them; an undo goes the other way.
    CHARGE_OFF = 80  # loan_principal, loan_interest, loan_fee -> loan_charged_off
    WRITE_OFF = 81  # the same, or loan_charged_off -> loan_written_off
    RECOVERY = 82  # loan_written_off -> lender_claims: money came for a loss


@unique
class Act(IntEnum):
    """What a transfer does beside moving money; an ordinary transfer has none."""

    PENDING = 1  # holds the amount on both accounts until it is ended; moves nothing
    POST = 2  # ends a pending transfer: moves all or a part of it, frees the rest
    VOID = 3  # ends a pending transfer: frees all of it
    EXPIRE = 4  # the same, because its time is over
    REVERSAL = 5  # moves what an earlier transfer moved back, once


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
    NO_ORIGINAL = 8  # nothing to end or reverse: no such transfer, or it is another one's
    ENDED = 9  # posted, voided, expired or reversed before
    WRONG_TIME = 10  # posted after its time, expired before it, or over when it began
    PERIOD_CLOSED = 11  # dated into a closed period; or adjusting one that is not closed
    ABOVE_CEILING = 12

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


class Transfer(NamedTuple):  # ADR 0004: made for every movement
    """Move `amount_minor` from `debit` to `credit`; `id` is the idempotency key.

    Transfers of one batch with the same `link` (not 0, best the id of the first) post all or none.
    `subject` is the loan or application it belongs to. `original` is the transfer that an end or a
    reversal is about (rules make these), `adjusts` the last day of the closed period it corrects.
    """

    id: TransferId
    debit: AccountId
    credit: AccountId
    amount_minor: int
    code: Code
    link: int = 0
    subject: int = 0
    act: Act | None = None
    original: TransferId | None = None
    expires_at: datetime | None = None
    adjusts: date | None = None


class Posting(NamedTuple):
    """What one caller asks of the lane: its transfers, and the business date they count for."""

    business_date: date
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """The books against the replay of their postings."""

    accounts: int
    transfers: int
    differences: int  # accounts whose balance or holds are not the sum of their postings
    sum_minor: int  # over all accounts, per currency, without sign; 0 when money is conserved

    @property
    def is_whole(self) -> bool:
        """Whether every balance equals its replay and money is conserved."""
        return self.differences == 0 and self.sum_minor == 0


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account has, and what of it is promised: all in minor units."""

    balance_minor: int
    held_debit_minor: int  # pending, on its way out
    held_credit_minor: int  # pending, on its way in
    floor_minor: int | None
    ceiling_minor: int | None

    @property
    def available_minor(self) -> int:
        """What can still leave, down to a balance of 0."""
        return self.balance_minor - self.held_debit_minor


@dataclass(frozen=True, slots=True)
class KindName:
    """A line of the chart of accounts, as people read it."""

    kind: AccountKind
    holder: str
    name_zh: str
    name_en: str
    is_platform_owned: bool


class Flow(NamedTuple):
    """A way money never goes: from a kind of account to another, under one code or ANY_CODE."""

    code: int
    credit_kind: AccountKind
    debit_kind: AccountKind
    rule: str


@dataclass(frozen=True, slots=True)
class TrialLine:
    """The sum of all accounts of a kind in a currency; negative when debits outweigh."""

    kind: AccountKind
    currency: str
    closing_minor: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All kinds at the end of a business date."""

    as_of: date
    lines: tuple[TrialLine, ...]

    @property
    def sums_minor(self) -> dict[str, int]:
        """The sum per currency: 0 each when money is conserved."""
        sums: dict[str, int] = {}
        for line in self.lines:
            sums[line.currency] = sums.get(line.currency, 0) + line.closing_minor
        return sums


@dataclass(frozen=True, slots=True)
class Period:
    """Closed business dates `opened_on`..`closed_on` of a cell."""

    cell: int
    opened_on: date
    closed_on: date
    closed_by: int
    closed_at: datetime


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
    act: Act | None = None
    original: TransferId | None = None
    adjusts: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """Movements of the business dates `opened_on`..`closed_on`; opening + lines == closing."""

    account: AccountId
    opened_on: date
    closed_on: date
    opening_minor: int
    closing_minor: int
    lines: tuple[StatementLine, ...]
