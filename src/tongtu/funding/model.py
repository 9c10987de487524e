"""Lenders, their programs, what they are asked, and a commitment's states. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from tongtu.kernel.errors import Broken, Conflict
from tongtu.kernel.ids import ApplicationId, LenderId, ProgramId

# The consent to send data to a lender is a bit of its number (identity), so numbers stay small.
# A guarantor's number is of the same range, so that an account's owner is never two houses.
LENDER_NUMBER_MAX = 40
# Joint loans of more than a handful of lenders are syndicated, which is another trade.
FUNDERS_MAX = 8
PPM = 1_000_000
HOME_COUNTRY = "cn"  # of a lender whose file names none


class BadBook(Broken):
    """Lenders, policies or prices that could offer wrongly; nothing is offered from them."""

    default_code = "bad_book"


class QuotaShort(Conflict):
    """A program's budget of the day does not hold the amount any more."""

    default_code = "quota_exhausted"


class LenderKind(StrEnum):
    """What a lender is licensed as."""

    BANK = "bank"
    CONSUMER_FINANCE = "consumer_finance"
    MICROLOAN = "microloan"
    TRUST = "trust"


@dataclass(frozen=True, slots=True)
class Guarantor:
    """Who pays the funders when a borrower does not, and then has the claim (代偿)."""

    number: int
    id: str
    zh: str
    en: str
    listed_from: date
    listed_to: date
    funds_minor: int


@dataclass(frozen=True, slots=True)
class Funder:
    """One lender's part in a joint program. `margin_bps` is its own rate less the borrower's."""

    lender: LenderId
    share_ppm: int
    margin_bps: int


@dataclass(frozen=True, slots=True)
class Joint:
    """How a joint program (联合贷) is funded: shares sum to one, margins weighted by them to 0.

    The platform's service fee is parts per million of the interest a funder received, and is paid
    by the funder. The guarantor takes a loan over that is more than so many days late.
    """

    funders: tuple[Funder, ...]
    guarantor: int
    compensate_after_days: int
    service_fee_ppm: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one funder gave for one loan, and the yearly rate it earns on it."""

    lender: LenderId
    principal_minor: int
    rate_bps: int


@dataclass(frozen=True, slots=True)
class Shares:
    """The funders of one joint loan, frozen at acceptance; their principal sums to the loan's."""

    members: tuple[Share, ...]
    guarantor: int
    compensate_after_days: int
    service_fee_ppm: int

    @property
    def principal_minor(self) -> int:
        """The whole loan."""
        return sum(one.principal_minor for one in self.members)


@dataclass(frozen=True, slots=True)
class Program:
    """What one lender offers: for which products, how much, how long, and how much in all."""

    id: ProgramId
    lender: LenderId
    code: str
    zh: str
    en: str
    products: tuple[str, ...]
    amount_min_minor: int
    tenor_min_months: int
    tenor_max_months: int
    day_limit_minor: int
    fee_payee: str | None  # who receives the monthly fee; None: there is no fee
    joint: Joint | None = None  # None: the lender lends alone
    month_limit_minor: int | None = None  # None: a month has no limit of its own
    capital_minor: int | None = None  # all its contract ever lends; None: no such limit
    pace_ppm: int | None = (
        None  # of a day's budget ready at once, the rest as it goes by; None: all
    )


@dataclass(frozen=True, slots=True)
class Lender:
    """A lender with its days on the white list, both included, and the money it sets ready."""

    number: LenderId
    id: str
    zh: str
    en: str
    kind: LenderKind
    listed_from: date
    listed_to: date
    funds_minor: int
    programs: tuple[Program, ...]
    country: str = HOME_COUNTRY  # of its licence: whose law its contracts stand under
    # Days, that of signing counted, in which a borrower may withdraw, beyond what the law gives.
    withdrawal_days: int = 0


class CreditRoute(StrEnum):
    """By which way a remote lender learns what it decides on; the pack says which it may be."""

    LICENSED_BUREAU = "licensed_bureau"
    PLATFORM_DIRECT = "platform_direct"


@dataclass(frozen=True, slots=True)
class RemoteLender:
    """A lender that decides on a machine of its own and is asked over HTTP, beside the lane."""

    lender: Lender
    answer_within_s: int
    credit_route: CreditRoute
    signs_papers: bool = False  # on its own machine; else its answer alone is signed


# Of whom no outside source was asked, which is of almost everybody.
_NOTHING: Mapping[str, int] = MappingProxyType({})


class Sought(NamedTuple):
    """A loan that lenders are asked for; None is unknown. A named tuple: ADR 0004.

    `dsr_ppm` is the monthly debt service, this loan's included, over the monthly income; `outside`
    are the features of outside sources that lenders may read, as far as they are known.
    """

    product: str
    purpose: str
    amount_minor: int
    tenor_months: int
    band: int
    home: str
    job: str
    records: bool
    seniority_years: int
    income_minor: int | None
    assets_minor: int | None
    dsr_ppm: int | None
    outside: Mapping[str, int] = _NOTHING


class Price(NamedTuple):
    """A cell of the grid: yearly rate, and the monthly fee in basis points of the principal."""

    rate_bps: int
    fee_bps_monthly: int


class ProgramQuote(NamedTuple):
    """A lender's yes: the program and its price for the amount and term asked."""

    program: ProgramId
    lender: LenderId
    rate_bps: int
    fee_minor_monthly: int


Refusal = tuple[LenderId, str]


class Routing(NamedTuple):
    """Every lender's answer: a quote, or the reason code of its no."""

    quotes: tuple[ProgramQuote, ...]
    refusals: tuple[Refusal, ...]


class CommitmentState(StrEnum):
    """How far a lender's promise of money has come."""

    RESERVED = "reserved"  # the borrower accepted; the quota is held
    COMMITTED = "committed"  # the lender itself decided yes
    DISBURSED = "disbursed"
    RELEASED = "released"  # the quota was given back


MOVES: Mapping[CommitmentState, frozenset[CommitmentState]] = {
    CommitmentState.RESERVED: frozenset({CommitmentState.COMMITTED, CommitmentState.RELEASED}),
    CommitmentState.COMMITTED: frozenset({CommitmentState.DISBURSED, CommitmentState.RELEASED}),
    CommitmentState.DISBURSED: frozenset(),
    # Taken up anew only together with the quota it gave back: `commit_again`.
    CommitmentState.RELEASED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Reservation:
    """An accepted offer whose quota was held when it was decided, on `day`."""

    id: int
    application: ApplicationId
    program: ProgramId
    lender: LenderId
    amount_minor: int
    day: date


@dataclass(frozen=True, slots=True)
class LenderDecision:
    """The lender's own yes: the version of its policy that said so, and when."""

    policy_hash: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Commitment:
    """A reservation with its state and the lender's own decision."""

    reservation: Reservation
    state: CommitmentState
    decision: LenderDecision | None


@dataclass(frozen=True, slots=True)
class SplitInstruction:
    """What of one payment is paid on to one payee (分账): a funder, or the guarantor.

    `service_fee_minor` is what the payee then pays the platform of it.
    """

    payment: int
    loan: int
    payee: int
    business_date: date
    principal_minor: int
    interest_minor: int
    fee_minor: int
    service_fee_minor: int

    @property
    def amount_minor(self) -> int:
        """All that reaches the payee of this payment."""
        return self.principal_minor + self.interest_minor + self.fee_minor
