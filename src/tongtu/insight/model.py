"""What the live page shows: counts of cases, latency, the books' proof, the log's state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

# How often the whole is made anew at most, however many people look on.
REFRESH_S = 1.0
# The books' proof reads every posting: at least this long between two.
PROOF_S = 2.0
# Looking never takes more than a twentieth of the time, however large the tables have grown.
LOOK_SHARE = 20
RATE_WINDOW_S = 10.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from an application's arrival to its answer, over the recent ones."""

    p50: float | None
    p95: float | None
    p99: float | None
    count: int


@dataclass(frozen=True, slots=True)
class LedgerProof:
    """Every balance against the replay of its postings. `differences` and `sum_minor` are 0."""

    accounts: int
    transfers: int
    sum_minor: int
    differences: int
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class LogState:
    """The newest checkpoint. `verified`: its signature holds and it continues the one seen before.

    A log without a checkpoint has size 0 and is not verified.
    """

    size: int
    root: str | None
    checkpoint_at: datetime | None
    verified: bool


@dataclass(frozen=True, slots=True)
class LoansState:
    """The portfolio."""

    live: int
    outstanding_minor: int
    repaid_minor: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Live:
    """The platform at one moment."""

    funnel: dict[str, int]
    latency_ms: Latency
    decisions_per_s: float
    ledger: LedgerProof
    evidence: LogState
    loans: LoansState
    business_date: date
    at: datetime
