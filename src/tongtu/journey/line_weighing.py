"""What is known of a running line and its person today, and what the lender's rules say of it.

By how loans here were paid, today's score and what the person can bear; by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from tongtu.catalog.api import Catalogue
from tongtu.journey.needs import Deciding, Lending
from tongtu.kernel.ids import LenderId
from tongtu.origination.api import Again, Bearing, look_again
from tongtu.policy.api import Laws, Pack
from tongtu.runtime.api import Connection, business_date
from tongtu.servicing.api import (
    NO_LOANS,
    FacilityRow,
    LineFacts,
    Outcome,
    Verdict,
    how_paid,
    is_suspended,
    loans_of_parties,
    verdict,
)
from tongtu.tables.api import Table

# A person's last year is what counts.
YEAR, MONTH_DAYS, PPM_PER_PERCENT = timedelta(days=365), 30, 10_000
# Of no income any debt is a large part: as much as the table's number may say.
SERVICE_PERCENT_MAX = 10**9
# Of a limit that was lowered far below what is drawn.
USE_PERCENT_MAX = 1_000
_NOBODY = Bearing(None, None, "")


class Reviewing(Deciding, Lending, Protocol):
    """What a review needs of the running platform."""

    @property
    def all_laws(self) -> Laws: ...

    @property
    def catalogue(self) -> Catalogue: ...

    @property
    def line_rules(self) -> Table: ...


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the rules say of a line, and what they were asked."""

    facts: LineFacts
    verdict: Verdict
    model_hash: str


def law_of_line(platform: Reviewing, lender: int) -> Pack:
    """Return the law a lender's lines are changed by."""
    return platform.all_laws.of(platform.book.lender(LenderId(lender)).id)


async def weigh_line(
    connection: Connection,
    platform: Reviewing,
    row: FacilityRow,
    said: tuple[int, int] | None = None,
) -> Weighed:
    """Return what the rules say of a line today; `said` are income and debts as told now, in fen.

    Raises:
        BadFact, MissingFact, TableFailed: the table cannot answer.
    """
    today = await business_date(connection)
    paid = await how_paid(connection, row.cell, row.party, (today - YEAR, today))
    bearing = await _bearing(connection, platform, row, said)
    owed = row.used_minor + row.reserved_minor
    frozen = row.is_frozen
    facts = LineFacts(
        lender=platform.book.lender(LenderId(row.lender)).id,
        is_given_up=paid.is_given_up,
        is_suspended=frozen,
        days_late=paid.days_late,
        worst_days_late=paid.worst_days_late,
        on_time=paid.on_time,
        months_open=(today - row.grant.valid_from).days // MONTH_DAYS,
        use_percent=min(-(-owed * 100 // row.limit_minor), USE_PERCENT_MAX),
        pd_ppm=bearing.pd_ppm,
        service_percent=None
        if bearing.service_ppm is None
        else min(-(-bearing.service_ppm // PPM_PER_PERCENT), SERVICE_PERCENT_MAX),
    )
    most = platform.catalogue.find(row.product).amount_max_minor
    answer = platform.line_rules.evaluate(facts.table())[0]
    found = verdict(answer, row.limit_minor, owed, most)
    is_ours = found.outcome is not Outcome.RESUME or await is_suspended(
        connection, row.cell, row.id
    )
    if not is_ours:  # a person froze it, and only persons free it
        found = Verdict(Outcome.KEEP, row.limit_minor, found.reason)
    return Weighed(facts, found, bearing.model_hash)


async def _bearing(
    connection: Connection,
    platform: Reviewing,
    row: FacilityRow,
    said: tuple[int, int] | None,
) -> Bearing:
    """Return score and debt service with the whole line drawn; unknown where no lane stands."""
    if platform.decisions is None or not row.basis.decision:
        return _NOBODY
    loans = await loans_of_parties(connection, row.cell, [row.party])
    owed = loans.get(row.party, NO_LOANS).outstanding_minor
    months = max(platform.catalogue.find(row.product).draw_tenors_months)
    again = Again(row.basis.decision, row.limit_minor, months, max(0, owed - row.used_minor), said)
    return await look_again(connection, platform.decisions, row.cell, again)
