"""The values of an application and its decision. Frozen; no I/O, no clock, no randomness.

What is made for every application is a named tuple: a frozen dataclass costs eight times as much to
make, and a decision makes a dozen (docs/adr/0004).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from tongtu.funding.api import Steering
from tongtu.kernel.ids import ApplicationId, DecisionId, LenderId, OfferId, PartyId, ProgramId
from tongtu.risk.api import FraudFacts, OutsideRow, Scored

# More reasons than this tell a person nothing (pack rule ADV-01).
REASONS_MAX = 4


class Outcome(StrEnum):
    """What the machine answered."""

    OFFERS = "offers"
    DECLINED = "declined"
    REVIEW = "review"


class Said(StrEnum):
    """What a person decides of a case that waits for one."""

    APPROVE = "approve"
    DECLINE = "decline"


class Ruling(NamedTuple):
    """A person's decision of a review, as an input of the engine: the law still has its say."""

    said: Said
    codes: tuple[str, ...]  # the grounds of an approval, or the reasons a refusal is told with
    by: int  # the member of staff who looked
    machine: DecisionId  # the machine's decision that it answers
    documents: tuple[str, ...] = ()  # commitments of what was uploaded by then, in hexadecimal


class Declared(NamedTuple):
    """What the person says of themselves. None means "did not say", never zero."""

    income_minor: int | None
    expenses_minor: int
    assets_minor: int | None
    debt_minor: int | None
    price_minor: int
    seniority_years: int
    home: str
    job: str
    records: bool


class ApplyRequest(NamedTuple):
    """One application on its way into the lane.

    It brings its own ids, time and salt: a batch whose commit was lost on the wire is sent again as
    the very same batch.
    """

    caller: int
    party: PartyId
    key: str
    body_hash: bytes
    product: str
    amount_minor: int
    tenor_months: int
    purpose: str
    device_hash: int
    ip_hash: int  # 0 where no public internet address is known
    declared: Declared
    application: ApplicationId
    decision: DecisionId
    salt: bytes
    submitted_at: datetime
    received_s: float  # the clock's monotonic reading, for decided_in_us


class Tried(NamedTuple):
    """By which grid of a price experiment a case was priced, and the chance it had of that."""

    experiment: int
    block: int
    arm: int  # 0: the published grid
    propensity_ppm: int


class Known(NamedTuple):
    """What the platform knows of the person: rows of other contexts, read once for the batch."""

    is_identified: bool | None  # None: there is no such party
    adult_on: date | None  # the day of the 18th birthday
    consent_mask: int
    exposure_minor: int
    party_recent: int  # earlier applications within 7 days, in memory and in this batch
    device_recent: int  # the same of the device, within 24 hours
    fraud: FraudFacts | None  # None in records older than these
    rules_only: bool = False  # the models were stopped: no score is made
    steering: Steering | None = None  # the router's prices; None: it is off, or older than these
    ruling: Ruling | None = None  # None: nobody but the machine decides
    tried: Tried | None = None  # None: no price experiment ran; nothing is decided by it
    outside: tuple[OutsideRow, ...] = ()  # what outside sources last said; used where needed


class Case(NamedTuple):
    """An application with everything its decision may look at."""

    request: ApplyRequest
    known: Known


class Offer(NamedTuple):
    """One lender's terms for the amount and tenor asked. Yearly figures in parts per million."""

    program: ProgramId
    lender: LenderId
    amount_minor: int
    tenor_months: int
    rate_bps: int
    fee_monthly_minor: int
    instalment_minor: int
    last_instalment_minor: int
    total_minor: int
    cost_minor: int
    irr12_ppm: int
    effective_ppm: int


def offer_of(terms: Mapping[str, int]) -> Offer:
    """Return an offer from its stored fields."""
    program, lender, *figures = (terms[name] for name in Offer._fields)
    return Offer(ProgramId(program), LenderId(lender), *figures)


class NotOffered(NamedTuple):
    """A lender that made no offer, and the reason code it may be told with."""

    lender: LenderId
    reason: str


class Decided(NamedTuple):
    """The whole result for one case, in the order a person is shown it."""

    outcome: Outcome
    points: int
    pd_ppm: int
    band: int
    reasons: tuple[str, ...]
    findings: tuple[tuple[str, str, str], ...]  # rule, severity, code
    rules_fired: tuple[str, ...]
    offers: tuple[Offer, ...]
    not_offered: tuple[NotOffered, ...]
    exhausted: tuple[ProgramId, ...]  # eligible programs whose quota of the day was short
    consents_used: int  # bits
    challenger: Scored | None = None  # what the model beside the deciding one says
    recommended: int = 0  # the place of the offer the router recommends, from 1; 0: it is off
    worths: tuple[int, ...] = ()  # of each offer as it is shown, in fen; empty: the router is off


@dataclass(frozen=True, slots=True)
class Version:
    """The hashes of everything that decides, its packed sources, and what its records need."""

    hash: bytes
    pack: str
    pack_hash: str
    model_hash: str
    rules_hash: str
    book_hash: str
    challenger_hash: str  # empty: none scores beside
    dictionary: bytes
    words: bytes  # of its answers; empty in versions whose answers were stored as text
    sources: bytes


class ApplyAnswer(NamedTuple):
    """The JSON the person gets, byte for byte the same whenever the same key comes again."""

    body: bytes
    is_replay: bool


# Of a list of offers so many, from the cheapest, hold their amount while a person reads (ADR 0015).
OFFERS_HELD = 1


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """An application as its owner sees it."""

    application: ApplicationId
    decision: DecisionId
    party: PartyId
    product: str
    amount_minor: int
    tenor_months: int
    outcome: Outcome
    business_date: date
    submitted_at: datetime
    answer: bytes
    accepted_offer: OfferId | None
    programs: tuple[ProgramId, ...]  # of the offers, by their number
    held: int  # so many of them, from the first, hold their amount


class HeadsWanted(NamedTuple):
    """Which applications staff look for: older than an id, and of a kind; None: of every kind."""

    before: int
    outcome: str | None
    product: str | None
    limit: int


class Head(NamedTuple):
    """An application as a line of a list of staff: nothing the person said of themselves."""

    cell: int
    id: ApplicationId
    party: PartyId
    decision: DecisionId  # the one in force
    product: str
    amount_minor: int
    tenor_months: int
    business_date: date
    submitted_at: datetime
    outcome: Outcome
    points: int
    band: int
    is_by_person: bool
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Accepting:
    """A person's wish to take offer number `n` of a list, with the ids it will have.

    `decision` is the list they saw, by the decision that made it; None: they do not say.
    `zone` is the business day's: a paced budget is ready as its clock goes.
    """

    application: ApplicationId
    n: int
    decision: DecisionId | None
    offer: OfferId
    commitment: int
    salt: bytes
    at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An offer a person took: what contracts and funding need to go on."""

    id: OfferId
    application: ApplicationId
    decision: DecisionId
    party: PartyId
    product: str
    n: int
    offer: Offer
    commitment: int
    business_date: date
    accepted_at: datetime
    salt: bytes  # of its leaf in the evidence log


@dataclass(frozen=True, slots=True)
class StepAt:
    """Where journey says a case goes, by which version of the process, and when."""

    step: str
    process_version: str
    at: datetime
