"""How much is replayed, how hard, and by whose tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tongtu.replay.applicants import Applicant
from tongtu.replay.clerk import Staff


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to replay and how hard. `rate` is applications a second, 0 = as fast as it goes."""

    run: str
    operator_token: str
    concurrency: int = 16
    rate: float = 0.0
    months: int = 3
    # Who buys goods beside them, and the merchants they buy from, by token.
    buyers: Sequence[Applicant] = ()
    sellers: Sequence[str] = ()
    # Who opens a credit line beside them.
    holders: Sequence[Applicant] = ()
    # Who decides what the machine leaves to a person; none: those cases go on waiting.
    staff: Staff | None = None
